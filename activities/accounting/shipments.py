"""PlanFact: books one shipment for each approval of an invoice, and takes it back when the approval is undone.

PlanFact enforces nothing about doubles. The shipment's comment carries the invoice's marker and the effect's own key,
so that a later approval of the same invoice is told from the one that was reversed.
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clients.errors import NotFound, Permanent, Transient
from activities.clients.planfact.client import PlanFact, Shipment, ShipmentDraft, ShipmentLine
from activities.documents.store import DocumentStore
from activities.ledger.effect_steps import AT_ONCE, EffectSteps, Payload
from activities.ledger.entry import Entry, Found
from activities.ledger.ledger import Ledger
from models.accounting.revenue_postings import Product, posting_date, revenue_postings
from models.invoice.content.content import Content
from models.invoice.effects import EffectName, Receipt
from models.invoice.ports import EFFECT_PORTS, EffectRequest
from models.values.failure_codes import Failure

SWITCHED_OFF = "PlanFact is not configured."


class Accounting:
    def __init__(
        self,
        planfact: PlanFact | None,
        stored: DocumentStore,
        ledger: Ledger,
        *,
        hourly_product_id: str,
        support_product_id: str,
        category: str = "Продажа услуг",
        settle: timedelta = AT_ONCE,
    ) -> None:
        """`settle`: how long PlanFact may still be at work on a request whose answer we gave up on."""
        self._planfact = planfact
        self._stored = stored
        self._ledger = ledger
        self._product_ids = {Product.HOURS: hourly_product_id, Product.SUPPORT: support_product_id}
        self._category = category
        self._settle = settle

    @activity.defn(name=EFFECT_PORTS[EffectName.ACCOUNTING].name)
    async def post(self, request: EffectRequest) -> Receipt:
        if self._planfact is None:
            return await self._ledger.cancel(request, SWITCHED_OFF)
        content, number = await self._stored.content(request.digest)
        steps = PostShipment(
            self._planfact, request, content, number, self._lines(content), self._category, self._settle
        )
        return await self._ledger.execute(request, steps)

    @activity.defn(name=EFFECT_PORTS[EffectName.ACCOUNTING_REVERSAL].name)
    async def reverse(self, request: EffectRequest) -> Receipt:
        """Deletes what `post` booked. From here on no attempt of `post` sends anything; one that was sent before and
        never answered is given its time to show, and counts as not booked only after that."""
        reversed_key = request.argument["reverses"]
        original = await self._ledger.cancel_for_good(reversed_key, request)
        known = original.vendor_id or request.argument.get("vendor_id")
        if not original.attempts and not known:
            nothing = "Nothing was booked in PlanFact, so there is nothing to take back."
            return await self._ledger.cancel(request, nothing)
        if self._planfact is None:
            raise ApplicationError(
                f"PlanFact is no longer configured, but shipment {known or reversed_key} may be booked there. "
                "Delete it by hand and resolve this effect, or configure PlanFact and retry.",
                type=Failure.SWITCHED_OFF,
                non_retryable=True,
            )
        steps = DeleteShipment(self._planfact, request.invoice_id, original, known, self._settle)
        return await self._ledger.execute(request, steps)

    def _lines(self, content: Content) -> tuple[ShipmentLine, ...]:
        return tuple(
            ShipmentLine(product_id=self._product_ids[each.product], count=each.count, value=each.value)
            for each in revenue_postings(content)
        )


@dataclass
class PostShipment(EffectSteps):
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
        return _booked(shipment, self.content) if shipment else None

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

    async def read_back(self, made: Found) -> Found:
        return _booked(await self.planfact.get_operation(int(made.vendor_id or 0)), self.content)


@dataclass
class DeleteShipment(EffectSteps):
    always_probe = True

    planfact: PlanFact
    invoice_id: str
    original: Entry  # of the effect that booked the shipment
    known: str | None  # the shipment's id, unless the answer to its creation was lost
    original_settle: timedelta
    operation_id: int | None = None

    def payload(self) -> Payload:
        return {"delete": self.known or self.original.key}

    async def probe(self) -> Found | None:
        self.operation_id = await self._find()
        if self.operation_id is not None:
            return None
        if not self.known:
            self.original.must_be_settled(self.original_settle)
        return Found(self.known)

    async def create(self) -> Found:
        assert self.operation_id is not None, "probe comes first"
        try:
            await self.planfact.delete_operation(self.operation_id)
        except NotFound as error:
            gone = f"PlanFact's operation {self.operation_id} was gone a moment later; looking again"
            raise Transient(gone) from error
        return Found(str(self.operation_id))

    async def _find(self) -> int | None:
        if self.known:
            return await _existing(self.planfact, self.known, _marker(self.invoice_id))
        shipment = await _shipment_of(self.planfact, self.invoice_id, self.original.key)
        return shipment.id if shipment else None


def _marker(invoice_id: str) -> str:
    return f"[inv:{invoice_id}]"


def _signature(key: str) -> str:
    return f"[key:{key}]"


async def _shipment_of(planfact: PlanFact, invoice_id: str, key: str) -> Shipment | None:
    """The shipment of exactly this effect among all that were ever booked for the invoice."""
    booked = await planfact.find_shipments(_marker(invoice_id))
    found = [shipment for shipment in booked if _signature(key) in (shipment.comment or "")]
    if len(found) > 1:
        ids = ", ".join(str(shipment.id) for shipment in found)
        raise _refusal(f"PlanFact has {len(found)} shipments for this approval ({ids}); delete all but one by hand.")
    return found[0] if found else None


def _booked(shipment: Shipment, content: Content) -> Found:
    """Read back: PlanFact has been seen to accept a request and keep something else."""
    if shipment.value != content.totals.total_amount:
        raise _refusal(
            f"PlanFact booked {shipment.value} instead of {content.totals.total_amount} (operation {shipment.id}); "
            "correct it there, then retry."
        )
    return Found(vendor_id=str(shipment.id), details={"deal_id": str(shipment.deal_id or "")})


async def _existing(planfact: PlanFact, vendor_id: str, marker: str) -> int | None:
    """A person may have entered the id, so an operation without our marker is left alone."""
    if not vendor_id.isdecimal():
        raise _refusal(f"{vendor_id!r} is not the id of a PlanFact operation; delete the shipment there by hand.")
    try:
        operation = await planfact.get_operation(int(vendor_id))
    except NotFound:
        return None
    if marker not in (operation.comment or ""):
        raise _refusal(f"PlanFact's operation {vendor_id} does not carry {marker}; if it is ours, delete it by hand.")
    return operation.id


def _refusal(message: str) -> Permanent:
    return Permanent(message, vendor_message=message)
