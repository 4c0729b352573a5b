"""The client of Telegram on its sandbox: the errors, what is sent with each fault, the limits, and the hidden token."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from activities.clients import telegram
from activities.clients.errors import Ambiguous, ClientError, Permanent, RateLimited, Transient
from activities.clients.telegram import ChatClosed, ChatMigrated, MarkupRefused, Telegram, TokenRefused
from tests.clients.test_no_secrets_in_errors import stored_text
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.sandboxes import TELEGRAM_TOKEN, Sandbox

CHAT = "-1001"
SECRET = TELEGRAM_TOKEN.get_secret_value()
TIMEOUT_SECONDS = 30.0

# fault, what it needs, the error of the client, messages that are there afterwards
FAULTS: list[tuple[str, dict[str, Any], type[ClientError], int]] = [
    ("status", {"status": 500}, Transient, 0),
    ("status", {"status": 503}, Transient, 0),
    ("status", {"status": 421}, Transient, 0),
    ("status", {"status": 504}, Ambiguous, 0),
    ("html_502", {}, Transient, 0),
    ("status", {"status": 429}, RateLimited, 0),
    ("reset_before", {}, Ambiguous, 0),
    ("commit_then_reset", {}, Ambiguous, 1),
    ("delay", {"seconds": 3}, Ambiguous, 1),
    ("empty_200", {}, Ambiguous, 1),
    ("malformed_body", {}, Ambiguous, 1),
    ("status", {"status": 400}, Permanent, 0),
    ("status", {"status": 401}, TokenRefused, 0),
    ("status", {"status": 403}, ChatClosed, 0),
    ("status", {"status": 404}, TokenRefused, 0),
]


@pytest.fixture
async def http(telegram_sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with telegram.connect(telegram_sandbox.url, TELEGRAM_TOKEN, TIMEOUT_SECONDS) as http:
        yield http


@pytest.fixture
def bot(http: httpx.AsyncClient) -> Telegram:
    return Telegram(http)


async def test_a_message_arrives_as_it_was_written(telegram_sandbox: Sandbox, bot: Telegram) -> None:
    sent = await bot.send_message(CHAT, 17, "<b>Утверждён: ACT-1</b>\nООО &lt;Ромашка&gt; &amp; Co 😀")
    [message] = telegram_sandbox.effects()
    assert message["id"] == str(sent)
    assert message["record"]["text"] == "Утверждён: ACT-1\nООО <Ромашка> & Co 😀"
    assert (message["record"]["chat"]["id"], message["record"]["message_thread_id"]) == (CHAT, 17)


@pytest.mark.parametrize(("kind", "more", "error", "effects"), FAULTS)
async def test_each_fault(
    telegram_sandbox: Sandbox,
    http: httpx.AsyncClient,
    bot: Telegram,
    kind: str,
    more: dict[str, Any],
    error: type[ClientError],
    effects: int,
) -> None:
    telegram_sandbox.fault(kind, path="sendMessage", **more)
    if kind == "delay":
        http.timeout = httpx.Timeout(1)
    with pytest.raises(error) as raised:
        await bot.send_message(CHAT, None, "text")
    assert type(raised.value) is error

    async def there() -> int:
        return len(telegram_sandbox.effects())

    assert await eventually(there, lambda found: found >= effects) == effects
    assert len([each for each in telegram_sandbox.requests() if "sendMessage" in each["path"]]) == 1


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("blocked", ChatClosed),
        ("deactivated", ChatClosed),
        ("kicked", ChatClosed),
        ("unknown", ChatClosed),
        ("no_thread", ChatClosed),
    ],
)
async def test_a_chat_that_is_closed(
    telegram_sandbox: Sandbox, bot: Telegram, state: str, error: type[ClientError]
) -> None:
    telegram_sandbox.admin("chats", {"chat": CHAT, "state": state})
    with pytest.raises(error) as raised:
        await bot.send_message(CHAT, None, "text")
    assert isinstance(raised.value, Permanent)
    assert raised.value.vendor_message


async def test_a_group_that_has_moved(telegram_sandbox: Sandbox, bot: Telegram) -> None:
    telegram_sandbox.admin("chats", {"chat": "-5", "state": "migrated", "migrate_to": -100555})
    with pytest.raises(ChatMigrated) as raised:
        await bot.send_message("-5", None, "text")
    assert raised.value.chat == "-100555"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
        ("Акт <p>", 'Unsupported start tag "p" at byte offset 7'),  # three Cyrillic letters are six bytes
        ("<b>x</i>", "Unmatched end tag at byte offset 4"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b", "Unclosed start tag at byte offset 0"),
    ],
)
async def test_markup_that_telegram_cannot_parse(
    telegram_sandbox: Sandbox, bot: Telegram, text: str, said: str
) -> None:
    with pytest.raises(MarkupRefused) as raised:
        await bot.send_message(CHAT, None, text)
    assert said in raised.value.vendor_message
    assert await bot.send_message(CHAT, None, text, html=False)
    assert telegram_sandbox.effects()[0]["record"]["text"] == text


async def test_lengths_count_utf16_units_without_tags(telegram_sandbox: Sandbox, bot: Telegram) -> None:
    await bot.send_message("-1", None, f"<b>{'😀' * 2048}</b>")
    with pytest.raises(Permanent, match="too long"):
        await bot.send_message("-2", None, "😀" * 2048 + "x")
    assert len(telegram_sandbox.effects()) == 1


async def test_the_pause_that_telegram_asks_for(telegram_sandbox: Sandbox, bot: Telegram) -> None:
    """A group accepts one message a second and twenty a minute."""
    for _ in range(20):
        await bot.send_message(CHAT, None, "text")
        telegram_sandbox.admin("clock", {"seconds": 1})
    with pytest.raises(RateLimited) as raised:
        await bot.send_message(CHAT, None, "text")
    assert raised.value.retry_after is not None
    assert 30 <= raised.value.retry_after.total_seconds() <= 40


async def test_one_message_a_second_in_a_chat(telegram_sandbox: Sandbox, bot: Telegram) -> None:
    sent = await asyncio.gather(*(bot.send_message("5", None, "text") for _ in range(3)), return_exceptions=True)
    limited = [each for each in sent if isinstance(each, RateLimited)]
    assert len(limited) + len(telegram_sandbox.effects()) == 3
    assert limited


async def test_a_wrong_token(telegram_sandbox: Sandbox) -> None:
    async with telegram.connect(telegram_sandbox.url, SecretStr("1:wrong"), TIMEOUT_SECONDS) as http:
        with pytest.raises(TokenRefused, match="AKTUM_TELEGRAM__TOKEN"):
            await Telegram(http).send_message(CHAT, None, "text")


@pytest.mark.parametrize("kind", [None, "reset_before", "html_502", "malformed_body", "delay"])
async def test_the_token_is_in_no_log_and_no_error(
    telegram_sandbox: Sandbox,
    http: httpx.AsyncClient,
    bot: Telegram,
    kind: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    if kind is not None:
        more: dict[str, Any] = {"seconds": 3} if kind == "delay" else {}
        telegram_sandbox.fault(kind, **more)
        http.timeout = httpx.Timeout(1) if kind == "delay" else http.timeout
        with pytest.raises(ClientError) as raised:
            await bot.send_message(CHAT, None, "text")
        assert SECRET not in stored_text(raised.value)
        assert all(SECRET not in str(getattr(each, "request", "")) for each in _chain(raised.value))
    else:
        await bot.send_message(CHAT, None, "text")
        assert "/sendMessage" in caplog.text  # httpx logs the address, without the token
    assert SECRET not in caplog.text
    assert SECRET not in repr(http.__dict__)


def _chain(error: BaseException | None) -> list[BaseException]:
    found = []
    while error is not None:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


async def test_no_connection_is_no_message() -> None:
    async with telegram.connect("http://127.0.0.1:9", TELEGRAM_TOKEN, 5) as http:
        with pytest.raises(Transient) as raised:
            await Telegram(http).send_message(CHAT, None, "text")
    assert SECRET not in stored_text(raised.value)
