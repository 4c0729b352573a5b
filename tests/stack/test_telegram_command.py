"""`aktum telegram`: the chats, what was not sent, and a test message that opens a closed chat."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner, Result

import cli
import settings
from activities.database import engine as database
from activities.notifications.outbox import Outbox
from activities.notifications.texts import Texts
from operations import connections
from tests.fixtures.sandboxes import TELEGRAM_TOKEN, Sandbox

CHAT, PAYMENTS = "-1001", "-1002/17"


@pytest.fixture
def configured(
    telegram_sandbox: Sandbox, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.setenv("AKTUM_TELEGRAM__URL", telegram_sandbox.url)
    monkeypatch.setenv("AKTUM_TELEGRAM__TOKEN", TELEGRAM_TOKEN.get_secret_value())
    monkeypatch.setenv("AKTUM_TELEGRAM__CHAT", CHAT)
    monkeypatch.setenv("AKTUM_TELEGRAM__PAYMENTS", PAYMENTS)
    monkeypatch.setattr(connections.console, "width", 300)
    settings.load.cache_clear()
    yield telegram_sandbox
    settings.load.cache_clear()


def aktum(*words: str) -> Result:
    return CliRunner().invoke(cli.app, ["telegram", *words])


def test_a_test_message_goes_to_each_chat_once(configured: Sandbox) -> None:
    done = aktum("test")
    assert done.exit_code == 0, done.output
    messages = [effect["record"] for effect in configured.effects()]
    assert {(each["chat"]["id"], each["message_thread_id"]) for each in messages} == {("-1001", None), ("-1002", 17)}
    assert TELEGRAM_TOKEN.get_secret_value() not in done.output
    assert aktum("check").exit_code == 0


def test_a_chat_that_refuses_is_closed_until_a_test_message_arrives(configured: Sandbox) -> None:
    configured.admin("chats", {"chat": "-1002", "state": "kicked"})
    refused = aktum("test")
    assert (refused.exit_code, f"{PAYMENTS}: Telegram" in refused.output) == (3, True), refused.output
    checked = aktum("check")
    assert checked.exit_code == 3
    [row] = [line for line in checked.output.splitlines() if line.startswith(PAYMENTS)]
    assert "payments" in row
    assert "bot was kicked" in row
    configured.admin("chats", {"chat": "-1002", "state": "open"})
    configured.admin("clock", {"seconds": 60})
    assert aktum("test").exit_code == 0
    assert aktum("check").exit_code == 0


def test_a_group_that_has_moved_is_named(configured: Sandbox) -> None:
    configured.admin("chats", {"chat": CHAT, "state": "migrated", "migrate_to": -100999})
    assert aktum("test").exit_code == 0
    assert "moved to -100999" in aktum("check").output


def test_what_was_not_sent_is_listed(configured: Sandbox, empty_database_url: str) -> None:
    async def fail() -> None:
        engine = database.create_engine(empty_database_url)
        outbox = Outbox(engine, Texts("en"))
        await outbox.add_message("summary:2026-04-01", CHAT, "summary", "summary of 2026-04-01", ["text"])
        found = await outbox.next_message(CHAT, datetime.now(UTC))
        assert found.message is not None
        await outbox.settle(found.message, "unknown", problem="Telegram did not answer in time")
        await engine.dispose()

    asyncio.run(fail())
    checked = aktum("check")
    assert checked.exit_code == 3
    [row] = [line for line in checked.output.splitlines() if "summary of 2026-04-01" in line]
    assert "unknown" in row
    assert "did not answer in time" in row


@pytest.mark.parametrize("command", ["check", "test"])
def test_without_a_token_it_says_what_to_set(
    configured: Sandbox, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKTUM_TELEGRAM__TOKEN", "")
    done = aktum(command)
    assert (done.exit_code, "set AKTUM_TELEGRAM__TOKEN" in done.output) == (1, True)
    assert configured.requests() == []
