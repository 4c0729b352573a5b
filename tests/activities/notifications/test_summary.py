"""The figures of the daily summary, counted by hand, and that a day has one summary."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.testing import ActivityEnvironment

from activities.invoice.projection import InvoiceProjection
from activities.notifications.outbox import Outbox
from activities.notifications.summary import DailySummary, figures
from models.audit.hash_chain import GENESIS, Event, append_event
from models.bills.matching.tables import BillAnomalies
from models.invoice.commands import ReversePayment
from models.invoice.effects import Effect, EffectName, EffectState
from models.invoice.invoice import Invoice, Number
from models.invoice.status import Status
from models.notifications.ports import SummaryRequest, SummaryStored
from models.notifications.summary import Figure, Line
from models.values.money import Currency
from tests.fixtures.cloud_bills import line, stored_bill
from tests.fixtures.database_invoices import content, invoice
from tests.fixtures.invoices import execute, payment, sent
from tests.fixtures.telegram import GROUP, stored_messages

DAY = date(2026, 4, 7)  # a Tuesday
WORKDAYS = range(5)


def effect(name: EffectName, state: EffectState) -> Effect:
    return Effect(
        key=f"{uuid4().hex}:3:{name}", name=name, state=state, owed_at=datetime(2026, 4, 1, tzinfo=UTC), revision=3
    )


def issued(currency: Currency = Currency.UZS, **fields: Any) -> Invoice:
    """Return an invoice of 15,000,000.00 in a status that the database knows."""
    made = invoice()
    priced = content(made.content.service.application_key, currency=currency)
    return made.model_copy(
        update={"content": priced, "number": Number(series="ACT", seq=1, display=uuid4().hex), **fields}
    )


async def project(engine: AsyncEngine, invoices: Iterable[Invoice]) -> None:
    for each in invoices:
        await InvoiceProjection(engine).project(each)


async def lines(engine: AsyncEngine, day: date = DAY) -> dict[tuple[str, str], tuple[int, Decimal]]:
    found = await figures(engine, day, WORKDAYS)
    return {(each.line, each.currency): (each.count, each.amount) for each in found.figures}


async def test_what_waits_is_blocked_or_overdue(own_engine: AsyncEngine) -> None:
    signature = effect(EffectName.EINVOICE_SIGNATURE, EffectState.PENDING)
    failed = effect(EffectName.ACCOUNTING, EffectState.FAILED)
    await project(
        own_engine,
        [
            issued(status=Status.NEEDS_REVIEW),
            issued(status=Status.NEEDS_REVIEW),
            issued(Currency.USD, status=Status.NEEDS_REVIEW),
            issued(status=Status.APPROVED, effects=(signature,)),
            issued(status=Status.APPROVED, effects=(signature.model_copy(update={"state": EffectState.DONE}),)),
            issued(status=Status.APPROVED, effects=(failed,)),
            issued(status=Status.SENT, overdue=True, due=date(2026, 3, 1)),
            issued(status=Status.DRAFT),
        ],
    )
    one = Decimal("15000000.00")
    assert await lines(own_engine) == {
        ("review", "USD"): (1, one),
        ("review", "UZS"): (2, 2 * one),
        ("signature", "UZS"): (1, one),
        ("blocked", "UZS"): (1, one),
        ("overdue", "UZS"): (1, one),
    }


def paid_at(*moments: datetime) -> Invoice:
    """Return an invoice with a payment of 1000.00 at each moment."""
    journal: list[Event] = []
    for seq, at in enumerate(moments, 1):
        journal.append(
            append_event(
                journal[-1].hash if journal else GENESIS,
                seq,
                at=at,
                by="anna",
                action="record_payment",
                status_before="sent",
                status_after="sent",
                details={"payment_id": f"p{seq}", "amount": "1000.00", "balance": "0.00"},
            )
        )
    return issued(status=Status.SENT, revision=len(journal), chain=journal[-1].hash, journal=tuple(journal))


async def test_payments_of_yesterday_in_tashkent(own_engine: AsyncEngine) -> None:
    """The 6th of April lasts from 19:00 UTC of the 5th to 19:00 UTC of the 6th."""
    start = datetime(2026, 4, 5, 19, tzinfo=UTC)
    inside, outside = (
        (start, start + timedelta(hours=23, minutes=59)),
        (start - timedelta(minutes=1), start + timedelta(days=1)),
    )
    await project(own_engine, [paid_at(outside[0], *inside, outside[1])])
    assert await lines(own_engine) == {("paid", "UZS"): (2, Decimal("2000.00"))}


async def test_a_monday_has_the_payments_since_friday(own_engine: AsyncEngine) -> None:
    moments = [datetime(2026, 4, day, 12, tzinfo=UTC) for day in (2, 3, 4, 5, 6)]
    await project(own_engine, [paid_at(*moments)])
    assert await lines(own_engine, date(2026, 4, 6)) == {("paid", "UZS"): (3, Decimal("3000.00"))}  # 3rd, 4th, 5th


async def test_a_reversed_payment_is_not_counted(own_engine: AsyncEngine) -> None:
    whole = sent()
    paid = execute(whole, payment(Decimal("1000.00")))
    back = execute(paid, ReversePayment(by="boss", payment_id=paid.payments[0].payment_id, reason="of another"))
    tomorrow = back.journal[-1].at.date() + timedelta(days=1)
    await project(own_engine, [paid])
    counted = await figures(own_engine, tomorrow, range(7))
    assert counted.of(Line.PAID) == (Figure(line=Line.PAID, currency="UZS", count=1, amount=Decimal("1000.00")),)
    await project(own_engine, [back])
    assert (await figures(own_engine, tomorrow, range(7))).of(Line.PAID) == ()


async def test_bills_whose_anomalies_were_found_since_the_summary_before(own_engine: AsyncEngine) -> None:
    """One has two findings on the 6th in Tashkent; the others have none, or too early, or of an old version."""
    found_at = {
        "worst": (2, datetime(2026, 4, 5, 19, tzinfo=UTC), 1),
        "nothing": (0, datetime(2026, 4, 6, 12, tzinfo=UTC), 1),
        "early": (1, datetime(2026, 4, 5, 18, 59, tzinfo=UTC), 1),
        "replaced": (1, datetime(2026, 4, 6, 12, tzinfo=UTC), 2),
    }
    for name, (count, moment, newest) in found_at.items():
        bill = await stored_bill(own_engine, [line("86.92")], "digitalocean", issuer="DigitalOcean", number=name)
        report = {"anomalies": [{"message": "Droplets: 40.00 -> 60.00 USD (+50.0 %)."}]}
        async with own_engine.begin() as connection:
            await connection.execute(
                insert(BillAnomalies).values(bill_id=bill.id, version=1, count=count, report=report, found_at=moment)
            )
            await connection.execute(
                text("UPDATE vendor_bills SET version = :newest WHERE id = :id"), {"newest": newest, "id": bill.id}
            )
    assert await lines(own_engine) == {("anomalies", "USD"): (1, Decimal("86.92"))}
    notes = (await figures(own_engine, DAY, WORKDAYS)).notes
    assert notes == ("DigitalOcean worst: Droplets: 40.00 -> 60.00 USD (+50.0 %). (+1)",)


@pytest.fixture
def summary(own_engine: AsyncEngine, outbox: Outbox) -> DailySummary:
    return DailySummary(own_engine, outbox, GROUP, WORKDAYS)


async def store(summary: DailySummary, day: date = DAY) -> SummaryStored:
    return await ActivityEnvironment().run(summary.store, SummaryRequest(day=day))


async def test_a_day_has_one_summary(own_engine: AsyncEngine, summary: DailySummary) -> None:
    assert await store(summary) == SummaryStored(chat=GROUP, new=True)
    await project(own_engine, [issued(status=Status.NEEDS_REVIEW)])
    assert await store(summary) == SummaryStored(chat=GROUP, new=False)
    assert await store(summary, DAY + timedelta(days=1)) == SummaryStored(chat=GROUP, new=True)
    first, second = await stored_messages(own_engine)
    assert (first.key, first.topic, first.state) == ("summary:2026-04-07.1", "summary", "pending")
    assert "Waiting for review: <b>0</b>" in first.markup
    assert "Waiting for review: <b>1</b>" in second.markup


async def test_without_a_chat_there_is_no_summary(own_engine: AsyncEngine, summary: DailySummary) -> None:
    assert await store(replace(summary, chat=None)) == SummaryStored(chat=None)
    assert await stored_messages(own_engine) == []
