"""PlanFact: books one shipment for each approval of an invoice, and takes it back when the approval is undone.

PlanFact enforces nothing about doubles. The shipment's comment carries the invoice's marker and the effect's own key,
so that a later approval of the same invoice is told from the one that was reversed.
"""

from decimal import Decimal

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clients.errors import NotFound, Permanent
from activities.clients.planfact import PlanFact, Shipment, ShipmentDraft, ShipmentLine
from activities.ledger import Found, Ledger
from activities.stored_documents import StoredDocuments
from models.content import Content
from models.effects import EffectName, Receipt
from models.facts import DealType
from models.money import ZERO
from models.ports import EFFECT_PORTS, EffectRequest, Failure

ONE = Decimal(1)
SWITCHED_OFF = "PlanFact is not configured, so nothing was booked there."


class Accounting:
    def __init__(
        self,
        planfact: PlanFact | None,
        stored: StoredDocuments,
        ledger: Ledger,
        *,
        hourly_product_id: str,
        support_product_id: str,
        category: str = "Продажа услуг",
    ) -> None:
        self._planfact = planfact
        self._stored = stored
        self._ledger = ledger
        self._hourly = hourly_product_id
        self._support = support_product_id
        self._category = category

    @activity.defn(name=EFFECT_PORTS[EffectName.ACCOUNTING].name)
    async def post(self, request: EffectRequest) -> Receipt:
        planfact = self._planfact
        if planfact is None:
            return await self._ledger.skip(request, SWITCHED_OFF)
        content, number = await self._stored.content(request.digest)
        lines = self._lines(content)

        async def probe() -> Found | None:
            shipment = await _shipment_of(planfact, request.invoice_id, request.key)
            return _booked(shipment, content) if shipment else None

        async def create() -> Found:
            made = await planfact.create_shipment(await self._draft(planfact, request, content, number, lines))
            return _booked(await planfact.get_operation(made.id), content)

        payload = {"key": request.key, "lines": [line.model_dump(mode="json") for line in lines]}
        return await self._ledger.perform(request, payload=payload, probe=probe, create=create)

    @activity.defn(name=EFFECT_PORTS[EffectName.ACCOUNTING_REVERSAL].name)
    async def reverse(self, request: EffectRequest) -> Receipt:
        """Deletes what `post` booked; a `post` that comes late books nothing any more."""
        reversed_key = request.argument["reverses"]
        original = await self._ledger.withdraw(reversed_key, request)
        known = original.vendor_id or request.argument.get("vendor_id")
        if not original.attempts and not known:
            return await self._ledger.skip(request, "Nothing was booked in PlanFact, so there is nothing to take back.")
        planfact = self._planfact
        if planfact is None:
            raise ApplicationError(
                f"PlanFact is no longer configured, but shipment {known or reversed_key} may be booked there. "
                "Delete it by hand and resolve this effect, or configure PlanFact and retry.",
                type=Failure.SWITCHED_OFF,
                non_retryable=True,
            )

        async def find() -> int | None:
            if known:
                return await _existing(planfact, known, _marker(request.invoice_id))
            shipment = await _shipment_of(planfact, request.invoice_id, reversed_key)
            return shipment.id if shipment else None

        async def probe() -> Found | None:
            return Found(known) if await find() is None else None

        async def create() -> Found:
            operation_id = await find()
            if operation_id is not None:
                await planfact.delete_operation(operation_id)
            return Found(str(operation_id or known))

        return await self._ledger.perform(
            request, payload={"delete": known or reversed_key}, probe=probe, create=create, always_probe=True
        )

    async def _draft(
        self,
        planfact: PlanFact,
        request: EffectRequest,
        content: Content,
        number: str,
        lines: tuple[ShipmentLine, ...],
    ) -> ShipmentDraft:
        key = content.application_key
        deal = await planfact.find_deal(key)
        if deal is None:
            raise _refusal(f"PlanFact has no selling deal for {key}. Create one whose title starts with [{key}].")
        category = await planfact.find_category(self._category)
        if category is None:
            raise _refusal(f"PlanFact has no income category «{self._category}». Create it or configure another one.")
        project = await planfact.find_project(key)
        return ShipmentDraft(
            # The day on which the service was rendered: the income belongs to the period that was billed.
            day=content.period.end,
            deal_id=deal.id,
            contragent_id=deal.contragent_id,
            project_id=project.id if project else None,
            category_id=category.id,
            currency=content.currency,
            comment=f"Акт {number} {_marker(request.invoice_id)} {_signature(request.key)}",
            external_id=request.key,
            lines=lines,
        )

    def _lines(self, content: Content) -> tuple[ShipmentLine, ...]:
        """SUP: the base fee, and its overtime beside it. HR and FP: the hours, worth the total.

        Whatever else is in the total (tax, lines and totals typed by hand) is part of the base fee, so that the
        shipment is always worth what the client is asked to pay.
        """
        totals = content.totals
        if content.deal_type is not DealType.SUP:
            hours = totals.total_hours or ONE
            return (ShipmentLine(product_id=self._hourly, count=hours, value=totals.total_amount),)
        base = totals.total_amount - totals.overtime_amount
        if not totals.is_overtime or base < ZERO:
            return (ShipmentLine(product_id=self._support, count=ONE, value=totals.total_amount),)
        overtime = ShipmentLine(product_id=self._hourly, count=totals.overtime_hours, value=totals.overtime_amount)
        if base == ZERO:
            return (overtime,)
        return (ShipmentLine(product_id=self._support, count=ONE, value=base), overtime)


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
