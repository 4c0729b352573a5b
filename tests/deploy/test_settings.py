"""Which settings may be missing or empty, and the message of a process that refuses to start."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import settings
import worker

ROOT = Path(__file__).parents[2]
API = ("api.server", "--port", "0")
COMPLETE = {
    "AKTUM_PLANFACT__URL": "https://api.planfact.example",
    "AKTUM_PLANFACT__API_KEY": "planfact-key",
    "AKTUM_PLANFACT__COMPANY_ID": "4711",
    "AKTUM_PLANFACT__HOURLY_PRODUCT_ID": "hours",
    "AKTUM_PLANFACT__SUPPORT_PRODUCT_ID": "support",
    "AKTUM_PLANFACT__BOOK_PAYMENTS": "true",
    "AKTUM_PLANFACT__ACCOUNT_ID": "9001",
    "AKTUM_DIDOX__URL": "https://didox.example",
    "AKTUM_DIDOX__PARTNER_TOKEN": "partner-token",
    "AKTUM_DIDOX__SELLER_TIN": "123456789",
    "AKTUM_DIDOX__PASSWORD": "didox-password",
    "AKTUM_SMTP__HOST": "mail.example",
    "AKTUM_SMTP__SENDER": "invoices@company.example",
    "AKTUM_TELEGRAM__TOKEN": "1234567890:telegram-token",
    "AKTUM_TELEGRAM__CHAT": "-1001234567890",
    "AKTUM_FINANCE__URL": "https://finance.example",
    "AKTUM_FINANCE__JWT_SECRET": "finance-secret-" * 5,
}
ADDRESSES = {
    *("AKTUM_PLANFACT__URL", "AKTUM_PLANFACT__BOOK_PAYMENTS", "AKTUM_DIDOX__URL", "AKTUM_SMTP__HOST"),
    *("AKTUM_TELEGRAM__TOKEN", "AKTUM_FINANCE__URL"),
}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("AKTUM_", "DATABASE_URL"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)


def refusal() -> str:
    with pytest.raises(SystemExit) as caught:
        settings.load.__wrapped__()
    return str(caught.value)


@pytest.mark.usefixtures("complete")
def test_complete_integrations_are_accepted() -> None:
    found = settings.Settings()
    assert found.planfact.company_id == 4711
    assert (found.didox.seller_tin, found.smtp.sender) == ("123456789", "invoices@company.example")


@pytest.mark.usefixtures("complete")
@pytest.mark.parametrize("name", sorted(set(COMPLETE) - ADDRESSES))
@pytest.mark.parametrize("empty", [False, True], ids=["missing", "empty"])
def test_an_integration_with_an_address_needs_what_belongs_to_the_company(
    name: str, empty: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if empty:
        monkeypatch.setenv(name, "")
    else:
        monkeypatch.delenv(name)
    message = refusal()
    assert [other for other in COMPLETE if other in message and other not in ADDRESSES] == [name]
    assert not [value for value in COMPLETE.values() if value in message]


@pytest.mark.usefixtures("complete")
def test_an_integration_without_an_address_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in COMPLETE:
        monkeypatch.setenv(name, "")
    found = settings.load.__wrapped__()
    assert (found.planfact.url, found.didox.url, found.smtp.host) == (None, None, None)
    assert found.planfact.book_payments is False


@pytest.mark.parametrize("missing", ["AKTUM_PLANFACT__URL", "AKTUM_PLANFACT__ACCOUNT_ID"])
@pytest.mark.usefixtures("complete")
def test_payments_are_booked_in_planfact_and_on_an_account(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(missing)
    assert refusal().endswith(f"AKTUM_PLANFACT__BOOK_PAYMENTS is set, so these must also be set: {missing}.")


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("DATABASE_URL", "AKTUM_SMTP__PORT", "AKTUM_SMTP__REPLY_TO", "AKTUM_METRICS_PORT", "AKTUM_LOG_LEVEL")
    expected = settings.Settings()
    for name in (*names, "AKTUM_PLANFACT__SETTLE_SECONDS", "AKTUM_CACHED_WORKFLOWS", "AKTUM_S3__PUBLIC_URL"):
        monkeypatch.setenv(name, "")
    assert settings.Settings() == expected


@pytest.mark.parametrize("given", ["info", "Info", "INFO"])
def test_a_log_level_may_be_written_small(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTUM_LOG_LEVEL", given)
    assert settings.Settings().log_level == "INFO"


def test_an_invalid_value_is_named_but_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTUM_LOG_LEVEL", "loud")
    monkeypatch.setenv("AKTUM_SMTP__PORT", "hunter2")
    message = refusal()
    assert "AKTUM_LOG_LEVEL: " in message
    assert "'INFO'" in message
    assert "AKTUM_SMTP__PORT: " in message
    assert "loud" not in message
    assert "hunter2" not in message


PUBLIC = {"AKTUM_S3__PUBLIC_URL": "https://invoices.example"}
SIGNED = PUBLIC | {"AKTUM_S3__LINKS": "signed"}


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (PUBLIC, ["AKTUM_S3__LINK_SECRET"]),
        (PUBLIC | {"AKTUM_S3__LINK_SECRET": ""}, ["AKTUM_S3__LINK_SECRET"]),
        (SIGNED, ["AKTUM_S3__ACCESS_KEY", "AKTUM_S3__SECRET_KEY"]),
        (SIGNED | {"AKTUM_S3__ACCESS_KEY": "key"}, ["AKTUM_S3__SECRET_KEY"]),
    ],
)
def test_a_public_archive_needs_what_makes_its_links_secret(
    given: dict[str, str], missing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert f"AKTUM_S3__PUBLIC_URL is set with links={given.get('AKTUM_S3__LINKS', 'secret')}" in (text := refusal())
    assert text.rstrip(".").rpartition(": ")[2].split(", ") == missing


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("LINK_SECRET", "hunter2"),
        ("LINK_SECRET", "31 characters are one too short"),
        ("LINKS", "open"),
        ("LINK_DAYS", "0"),
        ("LINK_DAYS", "8"),
    ],
)
def test_settings_of_links_that_protect_nothing_are_refused(
    name: str, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"AKTUM_S3__{name}", given)
    text = refusal()
    assert f"AKTUM_S3__{name}: " in text
    assert len(given) < 5 or given not in text


HEX = "0f" * 32
BASE64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def test_encryption_keys_are_read_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTUM_TEMPORAL__ENCRYPTION_KEYS", f"2026-11:{BASE64}, 2026-01:{HEX}")
    ring = settings.load.__wrapped__().temporal.key_ring
    assert list(ring.items()) == [("2026-11", bytes(range(32))), ("2026-01", b"\x0f" * 32)]


def test_without_encryption_keys_there_is_no_ring() -> None:
    assert settings.load.__wrapped__().temporal.key_ring == {}


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (BASE64, 1),
        (HEX, 1),
        (f":{HEX}", 1),
        ("first:", 1),
        (f"first:{BASE64[4:]}", 1),
        (f"first:{HEX[1:]}", 1),
        (f"first:{HEX}0f", 1),
        ("first:not base64 at all", 1),
        (f"{HEX}:first", 1),
        (f"первый:{HEX}", 1),
        (f"first:{HEX},", 2),
        (f"first:{HEX},first:{BASE64}", 2),
        (f"first:{HEX},second:{HEX}", 2),
    ],
)
def test_encryption_keys_that_cannot_be_read_stop_the_start(
    given: str, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKTUM_TEMPORAL__ENCRYPTION_KEYS", given)
    message = refusal()
    assert f"AKTUM_TEMPORAL__ENCRYPTION_KEYS: entry {place} " in message
    assert HEX[:20] not in message
    assert BASE64[:20] not in message


@pytest.mark.parametrize(("given", "valid"), [("1", True), ("168", True), ("0", False), ("169", False), ("1e6", False)])
def test_a_login_is_valid_for_an_hour_to_a_week(given: str, valid: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTUM_AUTH__TOKEN_HOURS", given)
    if valid:
        assert settings.Settings().auth.token_hours == int(given)
    else:
        assert "AKTUM_AUTH__TOKEN_HOURS: " in refusal()


@pytest.fixture
def incomplete(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """PlanFact has an address and nothing else; a secret is set that no message may repeat."""
    monkeypatch.setenv("AKTUM_PLANFACT__URL", "https://api.planfact.example")
    monkeypatch.setenv("AKTUM_AUTH__JWT_SECRET", "hunter2" * 5)
    settings.load.cache_clear()
    yield
    settings.load.cache_clear()


@pytest.mark.usefixtures("incomplete")
def test_the_worker_reads_its_settings_before_anything_else() -> None:
    with pytest.raises(SystemExit) as caught:
        asyncio.run(worker.main())
    assert "AKTUM_PLANFACT__COMPANY_ID" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.usefixtures("incomplete")
def test_a_process_refuses_to_start_in_plain_words() -> None:
    """The API is imported by its server; the message must not become a traceback."""
    done = subprocess.run([sys.executable, "-m", *API], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "AKTUM_PLANFACT__COMPANY_ID" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("SIGNER_ADDRESSES", "wss://signer.example.com/service/cryptapi", "of the machine of the browser"),
        ("SIGNER_ADDRESSES", "ws://127.0.0.1:1/a https://127.0.0.1:2/b", "of the machine of the browser"),
        ("SIGNER_KEYS", "aktum.example.com", "a domain and its key"),
    ],
)
def test_the_signer_is_on_the_machine_of_the_browser(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    monkeypatch.setenv(f"AKTUM_API__{name}", value)
    assert problem in refusal()
