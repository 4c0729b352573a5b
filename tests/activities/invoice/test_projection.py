"""The row and the events of an invoice are the newest that were projected, in any order and after repetitions."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Row, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError

from activities.invoice.projection import InvoiceProjection
from models.audit.hash_chain import GENESIS, Event, append_event, first_break
from models.contracts.contract import DealType
from models.invoice.effects import Effect, EffectName, EffectState
from models.invoice.invoice import ActionStamp, Archived, Document, Invoice, Number, Payment
from models.invoice.status import Status
from models.invoice.tables import InvoiceEvent, InvoiceRow
from models.values.failure_codes import Failure
from tests.fixtures.database_invoices import CREATED, MARCH, content, events, invoice
from tests.fixtures.invoices import contract, drafted, partner_content


async def row(engine: AsyncEngine, invoice: Invoice) -> Row[Any]:
    async with engine.connect() as connection:
        table = InvoiceRow.metadata.tables["invoices"]
        return (await connection.execute(select(table).where(table.c.id == invoice.id))).one()


async def recorded(engine: AsyncEngine, invoice: Invoice) -> list[Event]:
    query = select(col(InvoiceEvent.event)).where(col(InvoiceEvent.invoice_id) == invoice.id)
    async with engine.connect() as connection:
        return [
            Event.model_validate(event) for event in await connection.scalars(query.order_by(col(InvoiceEvent.seq)))
        ]


async def refused(engine: AsyncEngine, invoice: Invoice) -> ApplicationError:
    with pytest.raises(ApplicationError) as caught:
        await InvoiceProjection(engine).project(invoice)
    assert caught.value.non_retryable
    return caught.value


async def test_the_row_keeps_every_decimal_of_the_currency(engine: AsyncEngine) -> None:
    """100.125 dinars of which 0.005 is paid leaves 100.120."""
    dinars = drafted(contract((), DealType.FP, currency="KWD"))
    totals = dinars.totals.model_copy(update={"net_amount": Decimal("100.125"), "total_amount": Decimal("100.125")})
    payment = Payment(payment_id="p1", paid_on=date(2026, 4, 20), amount=Decimal("0.005"), reference="№ 17")
    made = invoice(content=dinars.model_copy(update={"totals": totals}), payments=(payment,))
    await InvoiceProjection(engine).project(made)
    shown = await row(engine, made)
    assert (shown.total_amount, shown.paid_amount, shown.balance) == (
        Decimal("100.125"),
        Decimal("0.005"),
        Decimal("100.120"),
    )


async def test_the_row_has_the_values_of_the_invoice(engine: AsyncEngine) -> None:
    """15,000,000.00 of which 5,000,000.50 is paid leaves 9,999,999.50."""
    payment = Payment(payment_id="p1", paid_on=date(2026, 4, 20), amount=Decimal("5000000.50"), reference="№ 17")
    failed = Effect(
        key="k",
        name=EffectName.ACCOUNTING,
        state=EffectState.FAILED,
        owed_at=CREATED,
        revision=9,
        error="PlanFact refused: Контрагент не найден",
    )
    made = invoice(
        status=Status.SENT,
        revision=9,
        number=Number(series="ACT", seq=12, display="ACT-12"),
        digest="d" * 64,
        document=Document(sha256="a" * 64, size=12345, pages=2),
        archived=Archived(key="Act_ACT-12.pdf", etag="e"),
        payments=(payment,),
        effects=(failed,),
        due=date(2026, 5, 16),
        overdue=True,
        held=ActionStamp(by="aziza", at=CREATED, reason="спор"),
    )
    assert (await InvoiceProjection(engine).project(made)).revision == 9
    shown = await row(engine, made)
    assert (shown.status, shown.kind, shown.milestone) == ("sent", "service", None)
    assert (shown.number, shown.series, shown.seq) == ("ACT-12", "ACT", 12)
    assert (shown.total_amount, shown.paid_amount, shown.balance) == (
        Decimal("15000000.00"),
        Decimal("5000000.50"),
        Decimal("9999999.50"),
    )
    assert shown.credit_amount == Decimal("0.00")
    assert (shown.due_date, shown.overdue, shown.awaits_money, shown.held) == (date(2026, 5, 16), True, True, True)
    assert shown.blocked
    assert shown.blocked_reason == "accounting: PlanFact refused: Контрагент не найден"
    assert (shown.document_sha256, shown.archive_key) == ("a" * 64, "Act_ACT-12.pdf")
    assert (shown.period_start, shown.period_end) == (date(2026, 3, 1), date(2026, 3, 31))
    assert shown.customer_name == "ООО «Ромашка»"
    assert shown.created_at == datetime(2026, 4, 1, 1, tzinfo=UTC)
    assert shown.created_at.tzinfo is not None
    assert Invoice.model_validate(shown.state) == made
    assert "journal" not in shown.state


async def test_an_older_state_never_replaces_a_newer_one(engine: AsyncEngine) -> None:
    newer = invoice(revision=5, status=Status.NEEDS_REVIEW)
    older = newer.model_copy(update={"revision": 4, "status": Status.DRAFT})
    assert (await InvoiceProjection(engine).project(newer)).revision == 5
    assert (await InvoiceProjection(engine).project(older)).revision == 5
    assert (await row(engine, newer)).status == "needs_review"


async def test_concurrent_projections_end_with_the_newest_state(engine: AsyncEngine) -> None:
    journal = events(20)
    made = invoice()
    states = [made.model_copy(update={"revision": n, "overdue": n == 20, "journal": journal[:n]}) for n in range(1, 21)]
    await asyncio.gather(*(InvoiceProjection(engine).project(state) for state in reversed(states)))
    assert (await row(engine, made)).revision == 20
    assert (await row(engine, made)).overdue
    assert await recorded(engine, made) == list(journal)


async def test_events_are_written_once_and_the_chain_holds_in_the_database(engine: AsyncEngine) -> None:
    journal = events(5)
    made = invoice(revision=3, journal=journal[:3])
    await InvoiceProjection(engine).project(made)
    await InvoiceProjection(engine).project(made)
    await InvoiceProjection(engine).project(made.model_copy(update={"revision": 5, "journal": journal[2:]}))
    written = await recorded(engine, made)
    assert [event.seq for event in written] == [1, 2, 3, 4, 5]
    assert first_break(written) is None


async def test_an_older_state_still_adds_its_events(engine: AsyncEngine) -> None:
    journal = events(3)
    made = invoice(revision=3, journal=journal)
    await InvoiceProjection(engine).project(made.model_copy(update={"journal": ()}))
    await InvoiceProjection(engine).project(made.model_copy(update={"revision": 2}))
    assert await recorded(engine, made) == list(journal)


async def test_a_changed_event_is_refused_and_nothing_is_stored(engine: AsyncEngine) -> None:
    made = invoice(revision=2, journal=events(2))
    await InvoiceProjection(engine).project(made)
    rewritten = made.model_copy(update={"revision": 3, "status": Status.DISCARDED, "journal": events(3, by="mallory")})
    error = await refused(engine, rewritten)
    assert error.type == Failure.AUDIT_BROKEN
    assert "Event 1" in error.message
    assert await recorded(engine, made) == list(events(2))
    assert (await row(engine, made)).revision == 2


async def test_an_event_that_does_not_follow_the_last_one_is_refused(engine: AsyncEngine) -> None:
    made = invoice(revision=2, journal=events(2))
    await InvoiceProjection(engine).project(made)
    stray = append_event(
        GENESIS, 3, at=CREATED, by="mallory", action="edit", status_before="draft", status_after="draft"
    )
    error = await refused(engine, made.model_copy(update={"revision": 3, "journal": (stray,)}))
    assert error.type == Failure.AUDIT_BROKEN
    assert len(await recorded(engine, made)) == 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE invoice_events SET by = 'mallory'",
        "DELETE FROM invoice_events",
        "TRUNCATE invoice_events",
        "TRUNCATE invoices CASCADE",
    ],
)
async def test_the_audit_trail_is_append_only(engine: AsyncEngine, change: str) -> None:
    made = invoice(journal=events(1))
    await InvoiceProjection(engine).project(made)
    with pytest.raises(IntegrityError, match="append-only"):
        async with engine.begin() as connection:
            await connection.execute(text(change))
    assert await recorded(engine, made) == list(events(1))


@dataclass(frozen=True)
class Pair:
    first: Invoice
    second: Invoice

    @classmethod
    def of(cls, first: dict[str, Any], second: dict[str, Any]) -> "Pair":
        """Two invoices of one contract for one month."""
        one = invoice(**first)
        workflow_id = f"{one.workflow_id}.again"
        return cls(one, invoice(**({"content": one.content, "workflow_id": workflow_id} | second)))


async def test_a_contract_is_not_invoiced_twice_for_a_month(engine: AsyncEngine) -> None:
    number = Number(series="ACT", seq=77, display="ACT-77")
    pair = Pair.of({"status": Status.SENT, "number": number}, {"journal": events(1)})
    await InvoiceProjection(engine).project(pair.first)
    error = await refused(engine, pair.second)
    assert error.type == Failure.ALREADY_INVOICED
    assert "ACT-77 (sent" in error.message
    assert "2026-03-01 to 2026-03-31" in error.message
    assert await recorded(engine, pair.second) == []


async def test_an_existing_draft_is_named_by_its_id(engine: AsyncEngine) -> None:
    pair = Pair.of({}, {})
    await InvoiceProjection(engine).project(pair.first)
    assert f"a draft (draft, id {pair.first.id})" in (await refused(engine, pair.second)).message


@pytest.mark.parametrize("status", [Status.VOID, Status.DISCARDED])
async def test_after_a_void_the_month_can_be_invoiced_again(engine: AsyncEngine, status: Status) -> None:
    pair = Pair.of({}, {})
    await InvoiceProjection(engine).project(pair.first)
    await InvoiceProjection(engine).project(pair.first.model_copy(update={"status": status, "revision": 2}))
    assert (await InvoiceProjection(engine).project(pair.second)).revision == 1


async def test_partner_invoices_and_other_months_do_not_collide(engine: AsyncEngine) -> None:
    april = MARCH.model_copy(update={"start": date(2026, 4, 1), "end": date(2026, 4, 30)})
    partner = partner_content(content())
    partners = Pair.of({"content": partner}, {"content": partner})
    first = invoice()
    second = invoice(content=content(first.content.subject_key, period=april))
    for made in (partners.first, partners.second, first, second):
        assert (await InvoiceProjection(engine).project(made)).revision == 1
    shown = await row(engine, partners.first)
    assert (shown.milestone, shown.subject_key, shown.customer_key) == ("Draft", "TIME", "TIME")
    assert (shown.application_key, shown.application_name, shown.deal_type, shown.client_type) == (None,) * 4
    assert (shown.overtime_hours, shown.total_hours) == (None, None)


async def test_100_concurrent_starts_for_one_month_leave_one_invoice(engine: AsyncEngine) -> None:
    one = invoice()
    others = [invoice(content=one.content, workflow_id=f"{one.workflow_id}.{n}") for n in range(100)]
    results = await asyncio.gather(
        *(InvoiceProjection(engine).project(other) for other in others), return_exceptions=True
    )
    refusals = [result for result in results if isinstance(result, ApplicationError)]
    assert {error.type for error in refusals} == {Failure.ALREADY_INVOICED}
    assert len(refusals) == 99
    same = col(InvoiceRow.application_key) == one.content.subject_key
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(InvoiceRow).where(same)) == 1
