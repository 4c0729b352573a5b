"""The push of a bill to finance: once for each content, unless a person forces it (docs/specification/bills.md 5).

The bill records what became of it: pushed, held with the reason, skipped without a configuration, or failed with the
message of finance. An error that passes is retried by Temporal, and the bill shows it meanwhile.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.bills.push_records import PushRecords, RecordedBill
from activities.clients.errors import ClientError
from activities.clients.finance import Finance
from activities.ledger.effect_steps import EffectSteps, Payload
from activities.ledger.entry import Found
from activities.ledger.ledger import Ledger
from activities.ledger.request import RecordEffect
from models.bills.bill import PushState
from models.bills.finance.bill_payload import NotPushable, bill_payload, reason_to_hold
from models.bills.finance.payload import ImportInvoice
from models.bills.finance.ports import PUSH_BILL, PushRequest, PushResult
from models.invoice.effects import EffectState, Receipt

EFFECT: Final = "finance_push"
FIRST: Final = "first"
FOUND_ACTION: Final = "updated"  # what a repetition of the request would be answered
NOT_CONFIGURED: Final = "Finance is not configured, so the bill was not pushed; the setting is AKTUM_FINANCE__URL."
SAME_CONTENT: Final = "Finance has this content already, so it was not pushed again."


class FinancePush:
    """The activity. Without a client it skips the push."""

    def __init__(self, engine: AsyncEngine, ledger: Ledger, finance: Finance | None) -> None:
        self._records = PushRecords(engine)
        self._ledger = ledger
        self._finance = finance

    @activity.defn(name=PUSH_BILL.name)
    async def push(self, request: PushRequest) -> PushResult:
        """Push the version of the bill and return what became of it. Raises the errors that are retried."""
        recorded = await self._records.read(request.bill_id)
        bill = recorded.bill
        if request.version != bill.version:
            note = f"Version {request.version} was not pushed, because the bill has version {bill.version} now."
            return _result(recorded, PushState.HELD, note)
        if reason := reason_to_hold(bill):
            return await self._settled(recorded, PushState.HELD, _still_there(reason, recorded))
        try:
            payload = bill_payload(bill, *await self._records.lines(bill))
        except NotPushable as problem:
            return await self._settled(recorded, PushState.HELD, str(problem))
        if payload.digest == recorded.pushed_digest and not request.forced:
            return await self._settled(recorded, PushState.PUSHED, SAME_CONTENT)
        return await self._push(recorded, payload, request.forced)

    async def _push(self, recorded: RecordedBill, payload: ImportInvoice, forced: bool) -> PushResult:
        effect = RecordEffect(push_key(recorded, payload.digest), EFFECT, recorded.bill.id)
        try:
            receipt = await self._execute(effect, payload, forced)
        except (ClientError, ApplicationError) as error:
            if isinstance(error, ApplicationError) and error.non_retryable:
                return await self._settled(recorded, PushState.FAILED, error.message)
            await self._show(recorded, error)
            raise
        if receipt.state is EffectState.SKIPPED:
            return await self._settled(recorded, PushState.SKIPPED, receipt.note)
        assert receipt.vendor_id is not None, "finance answers with the id of its invoice"
        moment = await self._records.record_pushed(recorded.bill, payload.digest, receipt.vendor_id)
        return PushResult(
            state=PushState.PUSHED,
            finance_invoice_id=receipt.vendor_id,
            action=receipt.details.get("action"),
            pushed_at=moment,
        )

    async def _execute(self, effect: RecordEffect, payload: ImportInvoice, forced: bool) -> Receipt:
        if self._finance is None:
            return await self._ledger.cancel(effect, NOT_CONFIGURED)
        return await self._ledger.execute(effect, ImportSteps(self._finance, payload, forced))

    async def _settled(self, recorded: RecordedBill, state: PushState, note: str | None) -> PushResult:
        await self._records.record(recorded.bill, state, note)
        return _result(recorded, state, note)

    async def _show(self, recorded: RecordedBill, error: ClientError | ApplicationError) -> None:
        """Show on the bill why it is not pushed yet. Waiting for another attempt is nothing to show."""
        if not isinstance(error, ApplicationError) or error.category is not ApplicationErrorCategory.BENIGN:
            await self._records.record(recorded.bill, PushState.PENDING, f"{error.message}. The push is repeated.")


@dataclass
class ImportSteps(EffectSteps):
    """The steps that import an invoice. They need no settle time: a repeated import makes no second invoice."""

    finance: Finance
    invoice: ImportInvoice
    forced: bool

    def payload(self) -> Payload:
        return self.invoice.content

    async def probe(self) -> Found | None:
        """Ask finance for its invoice with this content. A forced import is repeated, because it changes nothing."""
        if self.forced:
            return None
        held = await self.finance.find(self.invoice.source, self.invoice.external_id)
        if held is None or held.content_digest != self.invoice.digest:
            return None
        return Found(held.invoice_id, {"action": FOUND_ACTION})

    async def create(self) -> Found:
        imported = await self.finance.import_invoice(self.invoice)
        return Found(imported.invoice_id, {"action": imported.action})


def push_key(recorded: RecordedBill, digest: str) -> str:
    """Return the key of the effect: the content, and the recorded push that it follows.

    So a retry has the same key until its outcome is recorded, and a content that comes back later has another one.
    """
    after = f"{recorded.pushed_at:%Y%m%dT%H%M%S%f}" if recorded.pushed_at else FIRST
    return f"{recorded.bill.id}:{recorded.bill.version}.{digest[:16]}.{after}:{EFFECT}"


def _still_there(reason: str, recorded: RecordedBill) -> str:
    if recorded.finance_invoice_id is None:
        return reason
    return f"{reason} Finance still has what was pushed before, as invoice {recorded.finance_invoice_id}."


def _result(recorded: RecordedBill, state: PushState, note: str | None) -> PushResult:
    return PushResult(
        state=state, note=note, finance_invoice_id=recorded.finance_invoice_id, pushed_at=recorded.pushed_at
    )
