"""The effects of accounting: one shipment in PlanFact for each approval, deleted when the approval is undone.

PlanFact does not prevent duplicates. The comment of a shipment contains the marker of the invoice and the effect key,
which distinguishes the shipments of two approvals of one invoice. See docs/specification/effects.md 4.
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clients.errors import NotFound, Permanent, Transient
from activities.clients.planfact.client import PlanFact, Shipment, ShipmentDraft, ShipmentLine
from activities.documents.store import DocumentStore
from activities.ledger.effect_steps import NO_SETTLE_TIME, EffectSteps, Payload
from activities.ledger.entry import Entry, Found
from activities.ledger.ledger import Ledger
from models.accounting.revenue_postings import Product, posting_date, revenue_postings
from models.invoice.content.content import Content
from models.invoice.effects import EffectName, Receipt
from models.invoice.ports import EFFECT_PORTS, EffectRequest
from models.values.failure_codes import Failure

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
    ) -> None:
        """`settle` is the settle time: how long PlanFact may still execute a request after its answer was lost."""
        self._planfact = planfact
        self._store = store
        self._ledger = ledger
        self._product_ids = {Product.HOURS: hourly_product_id, Product.SUPPORT: support_product_id}
        self._category = category
        self._settle = settle

    @activity.defn(name=EFFECT_PORTS[EffectName.ACCOUNTING].name)
    async def post(self, request: EffectRequest) -> Receipt:
        """Post the shipment of an approval and return its receipt."""
        if self._planfact is None:
            return await self._ledger.cancel(request, SWITCHED_OFF)
        content, number = await self._store.content(request.digest)
        steps = PostShipment(
            self._planfact, request, content, number, self._lines(content), self._category, self._settle
        )
        return await self._ledger.execute(request, steps)

    @activity.defn(name=EFFECT_PORTS[EffectName.ACCOUNTING_REVERSAL].name)
    async def reverse(self, request: EffectRequest) -> Receipt:
        """Delete the shipment of `post` and return the receipt.

        From now on no attempt of `post` calls PlanFact. If an earlier attempt ended without an answer, its shipment
        counts as absent only after the settle time.
        """
        reversed_key = request.argument["reverses"]
        original = await self._ledger.cancel_for_good(reversed_key, request)
        known_id = original.vendor_id or request.argument.get("vendor_id")
        if not original.attempts and not known_id:
            return await self._ledger.cancel(request, "No shipment was posted to PlanFact, so there is none to delete.")
        if self._planfact is None:
            raise ApplicationError(
                f"PlanFact is no longer configured, but shipment {known_id or reversed_key} may exist there. Delete it "
                "there and resolve this effect, or configure PlanFact and retry.",
                type=Failure.SWITCHED_OFF,
                non_retryable=True,
            )
        steps = DeleteShipment(self._planfact, request.invoice_id, original, known_id, self._settle)
        return await self._ledger.execute(request, steps)

    def _lines(self, content: Content) -> tuple[ShipmentLine, ...]:
        return tuple(
            ShipmentLine(product_id=self._product_ids[each.product], count=each.count, value=each.value)
            for each in revenue_postings(content)
        )


@dataclass
class PostShipment(EffectSteps):
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
        shipment = await _shipment_of(self.planfact, self.request.invoice_id, self.request.key)
        return _verified(shipment, self.content) if shipment else None

    async def prepare(self) -> None:
        key = self.content.service.application_key
        deal = await self.planfact.find_deal(key)
        if deal is None:
            raise _refusal(f"PlanFact has no selling deal for {key}. Create one whose title starts with [{key}].")
        category = await self.planfact.find_category(self.category)
        if category is None:
            raise _refusal(f"PlanFact has no income category «{self.category}». Create it or configure another one.")
        project = await self.planfact.find_project(key)
        self.draft = ShipmentDraft(
            day=posting_date(self.content),
            deal_id=deal.id,
            contragent_id=deal.contragent_id,
            project_id=project.id if project else None,
            category_id=category.id,
            currency=self.content.currency,
            comment=f"Акт {self.number} {_marker(self.request.invoice_id)} {_signature(self.request.key)}",
            external_id=self.request.key,
            lines=self.lines,
        )

    async def create(self) -> Found:
        assert self.draft is not None, "prepare comes first"
        return Found(str((await self.planfact.create_shipment(self.draft)).id))

    async def read_back(self, created: Found) -> Found:
        return _verified(await self.planfact.get_operation(int(created.vendor_id or 0)), self.content)


@dataclass
class DeleteShipment(EffectSteps):
    """The steps that delete the shipment of one approval."""

    always_probe = True

    planfact: PlanFact
    invoice_id: str
    original: Entry  # the row of the effect that created the shipment
    known_id: str | None  # the id of the shipment, unless the answer to its creation was lost
    original_settle: timedelta
    operation_id: int | None = None

    def payload(self) -> Payload:
        return {"delete": self.known_id or self.original.key}

    async def probe(self) -> Found | None:
        self.operation_id = await self._find()
        if self.operation_id is not None:
            return None
        if not self.known_id:
            self.original.require_settled(self.original_settle)
        return Found(self.known_id)

    async def create(self) -> Found:
        assert self.operation_id is not None, "probe comes first"
        try:
            await self.planfact.delete_operation(self.operation_id)
        except NotFound as error:
            message = f"Operation {self.operation_id} of PlanFact has been deleted in the meantime; checking again"
            raise Transient(message) from error
        return Found(str(self.operation_id))

    async def _find(self) -> int | None:
        if self.known_id:
            return await _existing(self.planfact, self.known_id, _marker(self.invoice_id))
        shipment = await _shipment_of(self.planfact, self.invoice_id, self.original.key)
        return shipment.id if shipment else None


def _marker(invoice_id: str) -> str:
    return f"[inv:{invoice_id}]"


def _signature(key: str) -> str:
    return f"[key:{key}]"


async def _shipment_of(planfact: PlanFact, invoice_id: str, key: str) -> Shipment | None:
    """Return the shipment of exactly this effect among all shipments of the invoice. Raises Permanent if several."""
    shipments = await planfact.find_shipments(_marker(invoice_id))
    found = [shipment for shipment in shipments if _signature(key) in (shipment.comment or "")]
    if len(found) > 1:
        ids = ", ".join(str(shipment.id) for shipment in found)
        raise _refusal(f"PlanFact has {len(found)} shipments for this approval ({ids}); delete all but one there.")
    return found[0] if found else None


def _verified(shipment: Shipment, content: Content) -> Found:
    """Return the shipment. Raises Permanent if its amount differs: PlanFact has been seen to store another amount."""
    if shipment.value != content.totals.total_amount:
        raise _refusal(
            f"PlanFact stored {shipment.value} instead of {content.totals.total_amount} (operation {shipment.id}); "
            "correct it there, then retry."
        )
    return Found(vendor_id=str(shipment.id), details={"deal_id": str(shipment.deal_id or "")})


async def _existing(planfact: PlanFact, vendor_id: str, marker: str) -> int | None:
    """Return the id of the operation if it exists.

    Raises Permanent if it does not carry the marker of the invoice, because a person may have entered a wrong id.
    """
    if not vendor_id.isdecimal():
        raise _refusal(f"{vendor_id!r} is not the id of an operation of PlanFact; delete the shipment there.")
    try:
        operation = await planfact.get_operation(int(vendor_id))
    except NotFound:
        return None
    if marker not in (operation.comment or ""):
        raise _refusal(
            f"Operation {vendor_id} of PlanFact does not carry {marker}; if it belongs to the invoice, delete it there."
        )
    return operation.id


def _refusal(message: str) -> Permanent:
    return Permanent(message, vendor_message=message)
