"""The effects of accounting: one shipment in PlanFact for each approval, deleted when the approval is undone.

See docs/specification/effects.md 4.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from temporalio import activity

from activities.accounting.operations import (
    PacedSteps,
    as_posted,
    delete_posted,
    marker,
    not_configured,
    operation_of,
    signature,
    verified,
)
from activities.accounting.references import find_references
from activities.clients.planfact.client import PlanFact
from activities.clients.planfact.records import OperationKind, ShipmentDraft, ShipmentLine
from activities.documents.store import DocumentStore
from activities.ledger.effect_steps import NO_SETTLE_TIME, Payload
from activities.ledger.entry import Found
from activities.ledger.ledger import Ledger
from models.accounting.revenue_postings import Product, posting_date, revenue_postings
from models.invoice.content.content import Content
from models.invoice.effects import EffectName, EffectState, Receipt
from models.invoice.ports import EFFECT_PORTS, EffectRequest
from models.invoice.postings.payments import BOOKS_PAYMENTS, YES
from models.invoice.postings.synchronisation import VERIFIES

SWITCHED_OFF = "PlanFact is not configured."


class Accounting:
    """The activities of accounting. Without a client of PlanFact the posting is skipped."""

    def __init__(
        self,
        planfact: PlanFact | None,
        store: DocumentStore,
        ledger: Ledger,
        *,
        hourly_product_id: str,
        support_product_id: str,
        category: str = "Продажа услуг",
        settle: timedelta = NO_SETTLE_TIME,
        books_payments: bool = False,
    ) -> None:
        """`settle` is the settle time: how long PlanFact may still execute a request after its answer was lost.

        With `books_payments` the receipt of a shipment asks for the posting of the invoice's payments.
        """
        self._planfact = planfact
        self._store = store
        self._ledger = ledger
        self._product_ids = {Product.HOURS: hourly_product_id, Product.SUPPORT: support_product_id}
        self._category = category
        self._settle = settle
        self._books_payments = books_payments

    @activity.defn(name=EFFECT_PORTS[EffectName.ACCOUNTING].name)
    async def post(self, request: EffectRequest) -> Receipt:
        """Post the shipment of an approval and return its receipt.

        A request that names a posted shipment has it read again: it is compared with the invoice, never posted anew.
        """
        posted = request.argument.get(VERIFIES)
        if self._planfact is None:
            if posted:
                raise not_configured(f"shipment {posted} cannot be checked")
            return await self._ledger.cancel(request, SWITCHED_OFF)
        content, number = await self._store.content(request.digest)
        steps = PostShipment(
            self._planfact, request, content, number, self._lines(content), self._category, self._settle
        )
        receipt = await (
            self._ledger.verify(request, steps, posted) if posted else self._ledger.execute(request, steps)
        )
        if not self._books_payments or receipt.state is not EffectState.DONE:
            return receipt
        return receipt.model_copy(update={"details": {**receipt.details, BOOKS_PAYMENTS: YES}})

    @activity.defn(name=EFFECT_PORTS[EffectName.ACCOUNTING_REVERSAL].name)
    async def reverse(self, request: EffectRequest) -> Receipt:
        """Delete the shipment of `post` and return the receipt.

        From now on no attempt of `post` calls PlanFact. If an earlier attempt ended without an answer, its shipment
        counts as absent only after the settle time.
        """
        return await delete_posted(self._planfact, self._ledger, request, OperationKind.SHIPMENT, self._settle)

    def _lines(self, content: Content) -> tuple[ShipmentLine, ...]:
        return tuple(
            ShipmentLine(product_id=self._product_ids[each.product], count=each.count, value=each.value)
            for each in revenue_postings(content)
        )


@dataclass
class PostShipment(PacedSteps):
    """The steps that create the shipment of one approval."""

    reads_back = True

    planfact: PlanFact
    request: EffectRequest
    content: Content
    number: str
    lines: tuple[ShipmentLine, ...]
    category: str
    settle: timedelta
    draft: ShipmentDraft | None = None

    def payload(self) -> Payload:
        return {"key": self.request.key, "lines": [line.model_dump(mode="json") for line in self.lines]}

    async def probe(self) -> Found | None:
        self.begin(self.planfact, self.request.key)
        shipment = await operation_of(self.planfact, OperationKind.SHIPMENT, self.request.invoice_id, self.request.key)
        return as_posted(shipment, OperationKind.SHIPMENT, self.content.totals.total_amount) if shipment else None

    async def prepare(self) -> None:
        self.begin(self.planfact, self.request.key)
        found = await find_references(self.planfact, self.content.subject_key, self.category)
        self.draft = ShipmentDraft(
            day=self._day(),
            deal_id=found.deal_id,
            contragent_id=found.contragent_id,
            project_id=found.project_id,
            category_id=found.category_id,
            currency=self.content.currency,
            comment=f"Акт {self.number} {marker(self.request.invoice_id)} {signature(self.request.key)}",
            external_id=self.request.key,
            lines=self.lines,
        )

    def _day(self) -> date:
        """Return the day of the income: of a partner invoice the one on which it was paid."""
        recognised_on = self.request.argument.get("recognised_on")
        return date.fromisoformat(recognised_on) if recognised_on else posting_date(self.content)

    async def create(self) -> Found:
        assert self.draft is not None, "prepare comes first"
        return Found(str((await self.planfact.create_shipment(self.draft)).id))

    async def read_back(self, created: Found) -> Found:
        return await verified(
            self.planfact, created.vendor_id, OperationKind.SHIPMENT, self.content.totals.total_amount
        )
