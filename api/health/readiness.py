"""Asks the services behind the API whether they answer."""

import asyncio
from collections.abc import Awaitable
from urllib.parse import urlsplit

import httpx
from sqlalchemy.exc import SQLAlchemyError

from activities.database.schema import SchemaOutdated
from api.deps import AppState
from workflows.client.errors import TemporalUnavailable
from workflows.client.workers import ACTIVITIES, RECENT, WORKFLOWS, without_worker

PROBE_SECONDS = 3.0
OK = "ok"
WORKER = "worker"
_SECURE = {"https", "clickhouses", "clickhousedb+https"}


class WorkerMissing(Exception):
    """No worker has polled lately. The API can still read; commands wait for a worker."""


async def readiness(state: AppState) -> dict[str, str]:
    """Return `ok` or the reason for each service behind the API, and for the worker."""
    probes = {
        "postgres": state.engines.ping(),
        "schema": state.engines.check_schema(),
        "clickhouse": _ping(state),
        "temporal": state.temporal.check(),
        WORKER: _check_worker(state),
    }
    results = await asyncio.gather(*(_result(probe) for probe in probes.values()))
    return dict(zip(probes, results, strict=True))


async def _result(probe: Awaitable[None]) -> str:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await probe
    except TimeoutError:
        return f"no answer within {PROBE_SECONDS:.0f} s"
    except (SchemaOutdated, WorkerMissing) as error:
        return str(error)
    except (SQLAlchemyError, httpx.HTTPError, TemporalUnavailable, OSError) as error:
        return _without_secrets(error)
    return OK


def _without_secrets(error: Exception) -> str:
    """Return only the type of the error. A driver's message may contain passwords, and this route needs no login."""
    return f"does not answer ({type(error).__name__})"


async def _ping(state: AppState) -> None:
    """Call ClickHouse's /ping, which needs no credentials. Raise httpx.HTTPError when it fails."""
    address = urlsplit(state.settings.clickhouse.url.get_secret_value())
    scheme = "https" if address.scheme in _SECURE else "http"
    port = address.port or (8443 if scheme == "https" else 8123)
    url = f"{scheme}://{address.hostname}:{port}/ping"
    (await state.http.get(url, timeout=PROBE_SECONDS)).raise_for_status()


async def _check_worker(state: AppState) -> None:
    """Raise WorkerMissing when no worker polls for workflows or for activities."""
    if missing := await without_worker(await state.temporal.client(), WORKFLOWS, ACTIVITIES):
        raise WorkerMissing(f"no worker has polled for {' and '.join(missing)} in the last {RECENT.seconds} s")
