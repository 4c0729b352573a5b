"""`aktum quotes` through the API: what is listed and shown, and what the commands do."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

import cli
from operations.api.client import ApiRefused
from operations.api.quotes import QuoteListed, QuotesApi, QuoteShown
from operations.connections import ATTENTION, console
from operations.quotes import commanding, listing, showing
from operations.quotes.asking import find
from tests.http.callers import Caller, data_of
from tests.http.quotes.sent_quotes import line, quote_body

pytestmark = pytest.mark.usefixtures("quote_rules")


@pytest.fixture
async def api(http: httpx.AsyncClient, manager: Caller) -> QuotesApi:
    """The API of the commands, without a network."""
    api = QuotesApi("http://api", SecretStr("-"))
    await api._http.aclose()
    api._http = httpx.AsyncClient(transport=http._transport, base_url="http://api/api/v1", headers=manager.headers)
    return api


@pytest.fixture
async def quote(manager: Caller) -> dict[str, Any]:
    """A draft of 1,000.00 with an option of 250.00, whose title no other test has."""
    lines = [line(), line("Training", "250.00", optional=True)]
    body = quote_body(title=f"Migration {uuid4().hex}", lines=lines)
    found: dict[str, Any] = data_of(await manager.post("/quotes", body), 201)
    return found


async def test_a_quote_is_found_by_its_id_and_by_its_whole_number(api: QuotesApi, quote: dict[str, Any]) -> None:
    assert (await find(api, quote["id"])).number is None
    sent = await commanding.send_quote(api, quote["id"], by_mail=False)
    assert sent.number is not None
    assert (await find(api, sent.number.lower())).id == quote["id"]
    assert await api.quote(sent.number[:-1]) is None  # the search would find this part of it
    assert await api.quote("5d7c1f0e-8a44-5c0a-9b57-2f1d6a3e4b10") is None


async def test_quotes_are_listed_with_filters(
    api: QuotesApi, quote: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    word = quote["content"]["title"].split()[1]
    assert [row["id"] for row in await api.quotes({"search": word, "status": ["draft", "sent"]})] == [quote["id"]]
    assert await api.quotes({"search": word, "status": ["sent"]}) == []
    rows = [QuoteListed.model_validate(row) for row in await api.quotes({"search": word})]
    console.print(listing.table_of(rows))
    shown = capsys.readouterr().out
    assert "Acme" in shown
    assert "1000.00" in shown


async def test_a_quote_is_sent_revised_and_withdrawn(
    api: QuotesApi, quote: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[int] = []
    sent = await commanding.send_quote(api, quote["id"], by_mail=True, confirm=lambda each: asked.append(each.revision))
    assert (sent.status, sent.version, asked) == ("sent", 1, [1])
    showing.print_quote(sent)
    shown = capsys.readouterr().out
    for words in ("Design", "Training", "optional", "Options that are not taken: 250.00 USD", "Link 1 of version 1"):
        assert words in shown
    revised = await commanding.command_quote(api, sent.name, "revise", {"reason": "other scope"})
    assert (revised.status, revised.version) == ("draft", 2)
    withdrawn = await commanding.command_quote(api, sent.name, "withdraw", {"reason": "no longer offered"})
    assert withdrawn.status == "withdrawn"
    with pytest.raises(ApiRefused, match="withdrawn"):
        await commanding.send_quote(api, sent.name, by_mail=True)


async def test_a_refused_question_sends_nothing(api: QuotesApi, quote: dict[str, Any]) -> None:
    def no(_: QuoteShown) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await commanding.command_quote(api, quote["id"], "withdraw", {"reason": "no longer offered"}, no)
    assert (await find(api, quote["id"])).status == "draft"


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli.app, ["quotes", *words])
    return done.exit_code, done.output


def answered(monkeypatch: pytest.MonkeyPatch, module: Any, data: Any) -> list[Any]:
    """Let the API answer with these data; return what the command asked."""
    asked: list[Any] = []

    def ask(api: str | None, request: Callable[[Any], Any]) -> Any:
        asked.append(api)
        return data

    monkeypatch.setattr(module, "ask", ask)
    return asked


@pytest.mark.parametrize(("blocked", "code"), [(False, 0), (True, ATTENTION)])
def test_the_exit_code_of_a_list(monkeypatch: pytest.MonkeyPatch, blocked: bool, code: int) -> None:
    row = {
        "id": "q-1",
        "number": "Q-2026-7",
        "status": "sent",
        "version": 1,
        "title": "T",
        "customer_name": "Acme",
        "currency": "USD",
        "total_amount": "1.00",
        "valid_until": "2026-03-31",
        "converted": False,
        "blocked": blocked,
    }
    answered(monkeypatch, listing, [row])
    assert run("list")[0] == code
    exit_code, output = run("list", "--json")
    assert (exit_code, json.loads(output)) == (code, [row])
    answered(monkeypatch, listing, [])
    assert run("list") == (0, "There is no such quote.\n")


async def test_the_exit_code_of_a_quote(monkeypatch: pytest.MonkeyPatch, api: QuotesApi, quote: dict[str, Any]) -> None:
    data = await api.quote(quote["id"])
    assert data is not None
    answered(monkeypatch, showing, data)
    exit_code, output = run("show", "Q-1", "--json")
    assert (exit_code, json.loads(output)) == (0, data)
    effect = {"key": "q:4:quote_email", "name": "quote_email", "state": "failed", "error": "no such mailbox"}
    answered(monkeypatch, showing, {**data, "effects": [{**effect, "needs_a_person": True}]})
    exit_code, output = run("show", "Q-1")
    assert exit_code == ATTENTION
    assert "quote_email waits for a person: no such mailbox" in output


def test_wrong_arguments_a_missing_token_and_a_silent_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AKTUM_TOKEN", raising=False)
    assert run("list", "--status", "lost")[0] == 2
    assert run("withdraw", "Q-1")[0] == 2  # without a reason
    assert run("convert", "Q-1", "--contract", "app-1", "--from", "tomorrow")[0] == 2
    code, output = run("list", "--api", "http://127.0.0.1:1")
    assert (code, "AKTUM_TOKEN" in output) == (1, True)
