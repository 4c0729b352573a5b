"""The API's metrics for Prometheus: requests and failed logins.

They are served on a port of their own, because they ask for no login. A label takes only values from a fixed list, and
never what a caller typed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server

# The longest ones hold commands, which may wait 30 seconds for their answer.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60)
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
OTHER = "other"  # a method or a path that is not of the API


class LoginFailure(StrEnum):
    """Why a login failed, in the log and in the metrics."""

    WRONG_PASSWORD = "wrong password"  # noqa: S105 - it is no password
    NO_SUCH_USER = "no such user"
    DEACTIVATED = "deactivated"
    TOO_MANY_FAILURES = "too many failures"


class MetricsPortTaken(Exception):
    """The port of the metrics cannot be used."""


class Metrics:
    """The metrics of one API."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "aktum_http_requests",
            "Requests by method, route and status.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._durations = Histogram(
            "aktum_http_request_duration_seconds",
            "Seconds from the head of a request to the end of its answer.",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._login_failures = Counter(
            "aktum_login_failures", "Failed logins by reason.", ("reason",), registry=self._registry
        )
        for reason in LoginFailure:  # present from the start, so that the first failure is seen as a rise
            self._login_failures.labels(reason)

    def request_answered(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count a request; `route` is the template of its path, None if the API has no such path."""
        method, route = method if method in METHODS else OTHER, route or OTHER
        self._requests.labels(method, route, str(status)).inc()
        self._durations.labels(method, route).observe(seconds)

    def login_failed(self, reason: LoginFailure) -> None:
        self._login_failures.labels(reason).inc()

    @contextmanager
    def served(self, address: str, port: int | None) -> Iterator[None]:
        """Serve the metrics until the block ends; without a port do nothing. Raises MetricsPortTaken."""
        if port is None:
            yield
            return
        try:
            server, thread = start_http_server(port, address, self._registry)
        except OSError as error:
            raise MetricsPortTaken(f"AKTUM_API__METRICS_PORT: {address}:{port} cannot be used: {error}") from error
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
