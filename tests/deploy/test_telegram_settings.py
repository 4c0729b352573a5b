"""The settings of Telegram: chats of the topics, days of the summary, and what is refused."""

import os

import pytest

import settings

TOKEN = "1234567890:AAbb-cc_DD"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AKTUM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AKTUM_TELEGRAM__TOKEN", TOKEN)
    monkeypatch.setenv("AKTUM_TELEGRAM__CHAT", "-1001")


def test_a_topic_has_its_own_chat_the_common_one_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTUM_TELEGRAM__PAYMENTS", "@finance/17")
    monkeypatch.setenv("AKTUM_TELEGRAM__PROBLEMS", "off")
    found = settings.Settings().telegram
    chats = {topic: found.chat_of(topic) for topic in ("approvals", "payments", "problems", "summary")}
    assert chats == {"approvals": "-1001", "payments": "@finance/17", "problems": None, "summary": "-1001"}


def test_without_a_token_there_are_no_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTUM_TELEGRAM__TOKEN", "")
    found = settings.Settings().telegram
    assert found.chat_of("approvals") is None
    assert found.summary_weekdays == ()


@pytest.mark.parametrize(("days", "numbers"), [("", (0, 1, 2, 3, 4)), ("mon,sun", (0, 6)), ("off", ()), ("fri", (4,))])
def test_days_of_the_summary(days: str, numbers: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTUM_TELEGRAM__SUMMARY_DAYS", days)
    assert settings.Settings().telegram.summary_weekdays == numbers


def test_a_summary_without_a_chat_has_no_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTUM_TELEGRAM__SUMMARY", "off")
    assert settings.Settings().telegram.summary_weekdays == ()


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("TOKEN", f"{TOKEN}\n"),
        ("TOKEN", f" {TOKEN}"),
        ("TOKEN", "1:hunter2?hunter2"),
        ("TOKEN", "1:hunter2/hunter2"),
        ("CHAT", "off"),
        ("CHAT", "finance"),
        ("PAYMENTS", "-1001/topic"),
        ("PAYMENTS", "-1001/17/3"),
        ("SUMMARY_DAYS", "monday"),
        ("SUMMARY_DAYS", "mon, tue"),
        ("SUMMARY_TIME", "9:00"),
        ("SUMMARY_TIME", "24:00"),
        ("INVOICE_URL", "aktum.example/{id}"),
        ("INVOICE_URL", "https://aktum.example/invoices"),
        ("LANGUAGE", "uz"),
    ],
)
def test_what_has_no_meaning_is_named_and_refused(name: str, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"AKTUM_TELEGRAM__{name}", given)
    with pytest.raises(SystemExit) as caught:
        settings.load.__wrapped__()
    assert f"AKTUM_TELEGRAM__{name}: " in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert TOKEN not in str(caught.value)
