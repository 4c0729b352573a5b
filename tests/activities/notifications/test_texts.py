"""The texts of the notices, in both languages: what people read, and that no value can become markup."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from activities.notifications.texts import TEMPLATES, Texts
from local.sandboxes.telegram.markup import utf16_units, visible_text
from models.invoice.effects import EFFECTS, EffectKind
from models.notifications.markup import LONGEST_PART, MOST_PARTS
from models.notifications.notice import LONGEST_TEXT, Notice, NoticeKind
from models.notifications.summary import Figure, Line, Summary
from tests.fixtures.telegram import notice

URL = "https://aktum.example/invoices/{id}"
LANGUAGES = ("en", "ru")
HOSTILE = "<b>&amp;</b><script>\"'</a>"


def shown(language: str, *notices: Notice, url: str | None = None) -> list[str]:
    """Return the lines that people see; no-break spaces are shown as blanks."""
    [part] = Texts(language, url).of_notices("key", notices)
    return visible_text(part).replace("\u00a0", " ").splitlines()


FAILED = {"by": None, "effect": "accounting", "reason": "no deal"}
PAID = {"amount": Decimal("1000.00"), "balance": Decimal("5.00")}


@pytest.mark.parametrize(
    ("language", "kind", "fields", "expected"),
    [
        ("en", NoticeKind.DECLINED, {"reason": "rate"}, ["Declined: ACT-1", "Reason: rate", "by boss"]),
        ("ru", NoticeKind.DECLINED, {"reason": "rate"}, ["Возвращён на доработку: ACT-1", "Причина: rate"]),
        ("en", NoticeKind.PAYMENT, PAID, ["Payment: ACT-1", "UZS 1,000.00", "Still to be paid: UZS 5.00"]),
        ("ru", NoticeKind.PAYMENT, PAID, ["Оплата: ACT-1", "1 000,00 сум", "Остаток к оплате: 5,00 сум"]),
        ("en", NoticeKind.BLOCKED, FAILED, ["Blocked: ACT-1", "PlanFact: no deal"]),
        ("en", NoticeKind.OVERDUE, {"by": None}, ["Overdue: ACT-1", "Still to be paid: UZS 15,000,000.00"]),
        ("en", NoticeKind.BLOCKED, {**FAILED, "number": ""}, ["Blocked: draft"]),
        ("en", NoticeKind.REJECTED, {"reason": "hours"}, ["Rejected: ACT-1", "Reason: hours"]),
    ],
)
def test_what_a_notice_says(language: str, kind: NoticeKind, fields: dict[str, Any], expected: list[str]) -> None:
    told = notice(1, kind, **fields)
    lines = shown(language, told)
    assert [line for line in lines if line in expected] == expected
    assert lines[1] == "ООО <Ромашка> & Co"
    assert lines[-1] == told.short_id


def test_a_notice_links_to_the_page_of_its_invoice() -> None:
    [part] = Texts("en", URL).of_notices("key", [notice(7)])
    assert '<a href="https://aktum.example/invoices/i7">' in part
    [without] = Texts("en").of_notices("key", [notice(7)])
    assert "href" not in without


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("count", [1, 4])
def test_no_value_becomes_markup(language: str, kind: NoticeKind, count: int) -> None:
    fields = {"client": HOSTILE, "by": HOSTILE, "reason": HOSTILE, "number": HOSTILE, "effect": HOSTILE}
    told = [notice(n, kind, balance=Decimal("1.00"), **fields) for n in range(count)]
    [part] = Texts(language, URL).of_notices("key", told)
    text = visible_text(part)  # raises for markup that Telegram would refuse
    assert text.count(HOSTILE) >= 3 * count
    assert "<script" not in part


def test_a_bundle_counts_sums_and_lists() -> None:
    told = [*(notice(n) for n in range(18)), notice(18, amount=Decimal("5.50"), currency="USD")]
    assert shown("ru", *told)[:4] == [
        "Утверждены: 19",
        "5,50 долл. США",
        "270 000 000,00 сум",  # 18 * 15 000 000,00
        "• ACT-0, ООО <Ромашка> & Co: 15 000 000,00 сум, кто: boss",
    ]
    assert "и ещё 4" in shown("ru", *told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_bundle_fits(language: str) -> None:
    long = {"client": "Ж" * LONGEST_TEXT, "by": "😀" * LONGEST_TEXT, "number": "N" * 60}
    told = [notice(n, kind, **long) for kind in NoticeKind for n in range(200)]
    parts = Texts(language, URL).of_notices("key", told)
    assert len(parts) <= MOST_PARTS
    assert all(utf16_units(visible_text(part)) <= LONGEST_PART for part in parts)


def test_a_summary() -> None:
    figures = (
        Figure(line=Line.REVIEW, currency="USD", count=1, amount=Decimal("5000.00")),
        Figure(line=Line.REVIEW, currency="UZS", count=2, amount=Decimal("30000000.00")),
        Figure(line=Line.PAID, currency="UZS", count=3, amount=Decimal("7.00")),
    )
    monday = Summary(day=date(2026, 4, 6), paid_from=date(2026, 4, 3), figures=figures)
    [part] = Texts("en").of_summary(monday)
    assert visible_text(part).replace("\u00a0", " ").splitlines()[:-1] == [
        "Summary of 6 April 2026",
        "Waiting for review: 3 — USD 5,000.00; UZS 30,000,000.00",
        "Waiting for our signature: 0",
        "Blocked: 0",
        "Overdue: 0",
        "Paid from 3 April 2026 to 5 April 2026: 3 — UZS 7.00",
    ]
    [part] = Texts("ru").of_summary(monday.model_copy(update={"day": date(2026, 4, 4)}))
    assert "Оплачено 3 апреля 2026 г.: 3 — 7,00 сум" in visible_text(part).replace("\u00a0", " ")


def test_a_summary_names_unusual_bills_of_vendors() -> None:
    figures = (
        Figure(line=Line.ANOMALIES, currency="JPY", count=1, amount=Decimal(500)),
        Figure(line=Line.ANOMALIES, currency="USD", count=2, amount=Decimal("86.92")),
    )
    notes = ("DigitalOcean 501: Droplets: 40.00 -> 60.00 USD (+50.0 %). (+2)", "A <b>: x")
    monday = Summary(day=date(2026, 4, 6), paid_from=date(2026, 4, 3), figures=figures, notes=notes)
    [part] = Texts("en").of_summary(monday)
    assert visible_text(part).replace("\u00a0", " ").splitlines()[-4:-1] == [
        "Unusual vendor bills: 3 — JPY 500; USD 86.92",
        "• DigitalOcean 501: Droplets: 40.00 -> 60.00 USD (+50.0 %). (+2)",
        "• A <b>: x",
    ]


def test_every_word_exists_in_both_languages() -> None:
    labels: Any = TEMPLATES.get_template("labels.j2").module
    english, russian = labels.labels["en"], labels.labels["ru"]
    assert english.keys() == russian.keys()
    assert english["many"].keys() == russian["many"].keys() == {kind.value for kind in NoticeKind}
    assert english["effects"].keys() == russian["effects"].keys()
    assert {name.value for name, spec in EFFECTS.items() if spec.kind is EffectKind.EXTERNAL} <= set(english["effects"])
