"""Outages on the desk: what each page says, what still works, and that pages recover by themselves."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from api.app import create_app
from api.deps import AppState
from api.pages.outages import Outages, Part, parts_of
from models.access.roles import Role
from settings import Settings
from tests.http.callers import user_of
from tests.http.pages.desk_visits import Visitor

Visits = Callable[[Role], Visitor]
ALL_WELL: Mapping[str, str] = {part.value: "ok" for part in Part}


class Probe:
    """Answers what a test says, and counts how often it was asked."""

    def __init__(self) -> None:
        self.down: set[Part] = set()
        self.asked = 0

    async def __call__(self, _: AppState) -> Mapping[str, str]:
        self.asked += 1
        return {**ALL_WELL, **dict.fromkeys(self.down, "does not answer")}


@pytest.fixture
def probe(app: FastAPI) -> Iterator[Probe]:
    before, made = app.state.outages, Probe()
    app.state.outages = Outages(made)
    yield made
    app.state.outages = before


@pytest.mark.parametrize(
    ("down", "told"),
    [
        ([], []),
        (["postgres", "schema"], [Part.POSTGRES]),
        (["schema"], [Part.SCHEMA]),
        (["temporal", "worker"], [Part.TEMPORAL]),
        (["worker"], [Part.WORKER]),
        (["clickhouse", "postgres"], [Part.POSTGRES, Part.CLICKHOUSE]),
    ],
)
def test_only_what_is_out_itself_is_told(down: list[str], told: list[Part]) -> None:
    assert parts_of({**ALL_WELL, **dict.fromkeys(down, "does not answer")}) == told


async def test_without_an_outage_the_part_is_empty_and_asks_now_and_then(probe: Probe, visitor: Visits) -> None:
    page = await visitor(Role.VIEWER).get("/outages")
    assert page.all(".outage") == []
    assert page.all("#outages")[0].attributes["hx-trigger"] == "every 30s, check"


@pytest.mark.parametrize(
    ("part", "text", "stops"),
    [
        (Part.TEMPORAL, "Temporal does not answer: reading works, changing invoices does not", True),
        (Part.WORKER, "No worker is running: what you send waits", False),
        (Part.CLICKHOUSE, "ClickHouse does not answer: contracts and worklogs cannot be read", False),
        (Part.POSTGRES, "PostgreSQL does not answer: nothing can be read or changed", True),
    ],
)
async def test_an_outage_is_told_on_every_page_until_it_ends(
    probe: Probe, app: FastAPI, visitor: Visits, part: Part, text: str, stops: bool
) -> None:
    probe.down = {part}
    vera = visitor(Role.VIEWER)
    found = await vera.get("/outages")
    assert found.texts(".outage h2") == [text]
    outage = found.all("#outages")[0]
    assert outage.attributes["hx-trigger"] == "every 10s, check"
    assert ("data-stops-commands" in outage.attributes) is stops
    assert (await vera.get("/bills")).texts(".outage h2") == [text], "a page that is opened meanwhile tells it at once"
    await vera.get("/outages")
    assert probe.asked == 1, "many pages that ask are answered together"
    app.state.outages = Outages(probe)  # the answer is no longer fresh
    probe.down = set()
    assert (await vera.get("/outages")).all(".outage") == []
    assert (await vera.get("/bills")).all(".outage") == []


async def test_russian(probe: Probe, visitor: Visits) -> None:
    probe.down = {Part.TEMPORAL}
    page = await visitor(Role.VIEWER).speaking("ru").get("/outages")
    assert page.texts(".outage h2") == ["Temporal не отвечает: чтение работает, изменение счетов нет"]


@pytest.fixture
async def without_postgres(api_settings: Settings) -> AsyncIterator[tuple[Visitor, FastAPI]]:
    nowhere = SecretStr("postgresql://nobody@127.0.0.1:1/nothing")
    app = create_app(api_settings.model_copy(update={"database_url": nowhere}))
    async with app.router.lifespan_context(app):
        token, _ = app.state.tokens.issue(user_of(Role.EDITOR), app.state.app_state.started)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            yield Visitor(client, token), app


async def test_a_page_that_could_not_be_shown_is_loaded_again(without_postgres: tuple[Visitor, FastAPI]) -> None:
    lena, app = without_postgres
    page = await lena.get("/bills?provider=aws")
    assert page.status == 503
    ask = page.all("#outages")[0].attributes
    assert (ask["hx-get"], ask["hx-trigger"]) == ("/outages?again=true", "every 10s, check")
    answer = await lena.get("/outages?again=true")
    assert answer.texts(".outage h2")[0].startswith("PostgreSQL does not answer")
    assert "HX-Refresh" not in answer.response.headers
    app.state.outages = Outages(Probe())
    assert (await lena.get("/outages?again=true")).response.headers["HX-Refresh"] == "true"
    assert "HX-Refresh" not in (await lena.get("/outages")).response.headers


async def test_a_form_is_not_sent_again_by_itself(without_postgres: tuple[Visitor, FastAPI]) -> None:
    page = await without_postgres[0].post("/bills/unmatched/settle", {"key": "k"})
    assert page.status == 503
    assert page.all("#outages")[0].attributes["hx-get"] == "/outages"


def test_the_probe_of_the_desk_is_that_of_the_api() -> None:
    """The parts have the names of the checks of `/readyz` (api/health/readiness.py)."""
    text = Path("api/health/readiness.py").read_text(encoding="utf-8")
    assert all(f'"{part}"' in text for part in Part)
