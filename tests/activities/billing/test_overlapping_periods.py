"""Random periods of one contract, drafted, saved, regenerated and withdrawn in any order, on a real PostgreSQL.

Afterwards no worklog stands on two live invoices, and the overlap of each pair of bases is in one of the drafts.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError

from activities.invoice.billed_work import BilledWorkReader
from activities.invoice.claims import WorklogClaims
from activities.invoice.projection import InvoiceProjection
from models.billing.draft import draft
from models.contracts.contract import ContractRecords, DealType
from models.invoice.content.content import Content
from models.invoice.content.draft_request import ContractPeriod, DraftRequest
from models.invoice.content.worklogs import added_worklogs, worklogs_of
from models.invoice.errors import AlreadyInvoiced
from models.invoice.invoice import ActionStamp, Invoice
from models.invoice.ports import ClaimRequest
from models.invoice.status import WITHDRAWN, Status
from models.invoice.tables import InvoiceRow
from models.values.failure_codes import Failure
from models.values.period import Period
from tests.fixtures.database_invoices import CREATED
from tests.fixtures.invoices import contract, terms, worklog

FIRST = date(2026, 3, 1)
DAYS = 12


def period(bounds: tuple[int, int]) -> Period:
    first, last = sorted(bounds)
    return Period(start=FIRST + timedelta(days=first), end=FIRST + timedelta(days=last))


days = st.integers(0, DAYS - 1)
periods = st.lists(st.tuples(days, days).map(period), min_size=1, max_size=3)
# Drafts that are all computed before the first of them is saved; the same while an invoice is drafted again; and the
# withdrawal of an invoice. The number chooses the invoice.
steps: st.SearchStrategy[tuple[str, int, list[Period]]] = st.one_of(
    st.tuples(st.just("draft"), st.just(0), periods),
    st.tuples(st.just("regenerate"), st.integers(0, 5), st.lists(st.tuples(days, days).map(period), max_size=2)),
    st.tuples(st.just("withdraw"), st.integers(0, 5), st.just([])),
)


@dataclass
class Contract:
    """One contract with its worklogs and its live invoices. Each step is preceded by new work on some day."""

    engine: AsyncEngine
    deal: DealType
    key: str = field(default_factory=lambda: f"P-{uuid4().hex[:12]}".upper())
    logged: list[date] = field(default_factory=lambda: [FIRST + timedelta(days=n) for n in range(DAYS)])
    live: list[Invoice] = field(default_factory=list)

    async def step(self, name: str, number: int, drafted: list[Period]) -> None:
        self.logged.append(FIRST + timedelta(days=len(self.logged) * 7 % DAYS))
        match name:
            case "draft":
                await self.draft(drafted)
            case "regenerate" if self.live:
                await self.regenerate(number % len(self.live), drafted)
            case "withdraw" if self.live:
                withdrawn = self.live.pop(number % len(self.live))
                await self.project(withdrawn, status=Status.DISCARDED)

    async def draft(self, drafted: list[Period]) -> None:
        computed = [(each, await self.content(each)) for each in drafted]
        for each, content in computed:
            if content is not None:
                await self.save(each, content)

    async def content(self, billed_period: Period) -> Content | None:
        records = self.records(billed_period)
        ids = [each.worklog_id for each in records.worklogs]
        billed = await BilledWorkReader(self.engine).of(self.key, ids, billed_period)
        try:
            return draft(records, terms(), billed_period, FIRST, billed=billed)
        except AlreadyInvoiced:
            return None

    def records(self, billed_period: Period) -> ContractRecords:
        worklogs = [
            worklog(1, day=day, worklog_id=f"w{n}")
            for n, day in enumerate(self.logged)
            if billed_period.start <= day <= billed_period.end
        ]
        rate = Decimal(100)
        return contract(worklogs, self.deal, application_key=self.key, hourly_rate=rate, currency="USD")

    async def save(self, billed_period: Period, content: Content) -> None:
        made_id = uuid4().hex
        made = Invoice(
            id=made_id,
            workflow_id=made_id,
            request=DraftRequest(subject=ContractPeriod(application_key=self.key, period=billed_period), by="amina"),
            revision=1,
            content=content,
            created=ActionStamp(by="amina", at=CREATED),
        )
        try:
            await InvoiceProjection(self.engine).project(made)
        except ApplicationError as error:
            if error.type not in (Failure.WORK_TAKEN, Failure.ALREADY_INVOICED):
                raise
        else:
            self.live.append(made)

    async def regenerate(self, place: int, drafted: list[Period]) -> None:
        """Draft the invoice again; meanwhile other drafts are made, which may take its new work."""
        before = self.live[place]
        content = await self.content(before.content.period)
        await self.draft(drafted)
        if content is None:
            return
        request = ClaimRequest(
            invoice_id=before.id,
            application_key=self.key,
            worklogs=added_worklogs(before.content, content),
            revision=before.revision,
        )
        try:
            await WorklogClaims(self.engine).claim(request)
        except ApplicationError as error:
            if error.type != Failure.WORK_TAKEN:
                raise
        else:
            self.live[place] = await self.project(before, content=content)

    async def project(self, invoice: Invoice, **changes: Any) -> Invoice:
        after = invoice.model_copy(update={"revision": invoice.revision + 1, **changes})
        await InvoiceProjection(self.engine).project(after)
        return after

    async def check(self) -> None:
        is_live = col(InvoiceRow.status).not_in([each.value for each in WITHDRAWN])
        query = select(col(InvoiceRow.state)).where(col(InvoiceRow.application_key) == self.key, is_live)
        async with self.engine.connect() as connection:
            live = [Invoice.model_validate(state) for state in await connection.scalars(query)]
        counts = Counter(each for invoice in live for each in worklogs_of(invoice.content))
        assert not [each for each, count in counts.items() if count > 1], live
        if self.deal is DealType.HR:
            return
        for one, other in combinations(live, 2):
            ends = min(one.content.period.end, other.content.period.end)
            if max(one.content.period.start, other.content.period.start) <= ends:
                known = {each.invoice_id for pair in (one, other) for each in pair.content.service.overlaps}
                assert known & {one.id, other.id}


@given(st.sampled_from(DealType), st.lists(steps, min_size=2, max_size=6))
async def test_no_worklog_stands_on_two_live_invoices(
    engine: AsyncEngine, deal: DealType, taken: list[tuple[str, int, list[Period]]]
) -> None:
    made = Contract(engine, deal)
    for each in taken:
        await made.step(*each)
    await made.check()
