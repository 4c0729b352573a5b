"""How the benchmarks of the desk sign in, and measure a page."""

import statistics
import time
from collections.abc import Sequence
from http import HTTPStatus

import httpx

from benchmarks.desk.crawl import HTML

# Of twenty times the 95th percentile is the slowest; of forty it is not decided by a single one.
ROUNDS = 40


async def sign_in(client: httpx.AsyncClient, username: str, password: str) -> None:
    """Sign in; the client keeps the cookie of the session."""
    form = {"username": username, "password": password}
    signed_in = await client.post("/login", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert signed_in.status_code == HTTPStatus.SEE_OTHER, signed_in.status_code


async def timed(client: httpx.AsyncClient, address: str) -> float:
    """Return the milliseconds of the whole answer."""
    started_at = time.perf_counter()
    answer = await client.get(address, headers={"Accept": HTML})
    elapsed = (time.perf_counter() - started_at) * 1000
    assert answer.status_code == HTTPStatus.OK, (address, answer.status_code)
    return elapsed


def p95(milliseconds: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(milliseconds, n=20)[-1]
