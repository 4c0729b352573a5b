"""The server of the API (`python -m api.server`): uvicorn, with limits for clients that are slow or idle."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from settings import ApiSettings, load

# Longer than clients and proxies keep an idle connection (httpx 5 s, nginx 60 s). A request that is sent while the
# server closes the connection would get no answer.
KEEP_ALIVE_SECONDS = 75
# Longer than a command may wait for its answer, shorter than what Compose waits before it kills.
SHUTDOWN_SECONDS = 35


class BoundedConfig(uvicorn.Config):
    """The settings of uvicorn, and how long one connection may make the server wait."""

    request_seconds: float
    stall_seconds: float

    @classmethod
    def of(cls, app: str | Callable[[], Any], limits: ApiSettings, host: str, port: int) -> "BoundedConfig":
        config = cls(
            app,
            factory=True,
            host=host,
            port=port,
            http=BoundedHttp,
            ws="none",
            access_log=False,
            log_config=None,  # the application sets the logs up (json_logs.py)
            log_level="info",
            server_header=False,
            limit_concurrency=limits.connections + 1,  # uvicorn refuses the one that reaches its limit
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
        config.request_seconds, config.stall_seconds = limits.request_seconds, limits.stall_seconds
        return config


class Limit:
    """A timer that closes a connection unless it is cancelled before. Only the first start counts."""

    def __init__(self, seconds: float, close: Callable[[], None]) -> None:
        self._seconds = seconds
        self._close = close
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._close)

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class BoundedHttp(H11Protocol):
    """Closes a connection whose request does not arrive, or whose client does not read the answer.

    Between two requests uvicorn's own keep-alive limit applies.
    """

    config: BoundedConfig

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)  # so that each byte that the client does not read counts as a stall
        self._arrival = Limit(self.config.request_seconds, transport.close)
        self._reading = Limit(self.config.stall_seconds, transport.abort)
        self._arrival.start()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # The limit counts from the first byte of a request, so that a byte now and then does not extend it.
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._arrival.start()
        else:
            self._arrival.cancel()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading.start()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._reading.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrival.cancel()
        self._reading.cancel()
        super().connection_lost(exc)


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m api.server", description=__doc__)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8081)
    options.add_argument(
        "--forwarded-allow-ips", help="addresses of proxies whose X-Forwarded-For is believed; default 127.0.0.1"
    )
    chosen = options.parse_args()
    config = BoundedConfig.of("api.app:from_environment", load().api, chosen.host, chosen.port)
    if chosen.forwarded_allow_ips:
        config.forwarded_allow_ips = chosen.forwarded_allow_ips
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        sys.exit(1)


if __name__ == "__main__":
    main()
