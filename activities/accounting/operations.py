"""The operations of an invoice in PlanFact: found by their marker, checked against the amount, and deleted.

PlanFact does not prevent duplicates. The comment of an operation contains the marker of the invoice and the effect key,
which distinguishes the operations of one invoice. See docs/specification/effects.md 4.8.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from temporalio.exceptions import ApplicationError

from activities.clients.errors import NotFound, Permanent, Transient
from activities.clients.planfact.client import PlanFact
from activities.clients.planfact.records import Operation, OperationKind
from activities.ledger.effect_steps import EffectSteps, Payload
from activities.ledger.entry import Entry, Found
from activities.ledger.ledger import Ledger
from models.invoice.effects import Receipt
from models.invoice.ports import EffectRequest
from models.values.failure_codes import Failure


class PacedSteps(EffectSteps):
    """Steps that begin when the limit of a minute has room for all their calls.

    `calls` counts also the search after a lost answer.
    """

    calls = 8
    has_begun = False

    def begin(self, planfact: PlanFact, effect: str) -> None:
        """Wait for the turn of the effect, once for each attempt. Raises RateLimited."""
        if not self.has_begun:
            planfact.begin(effect, self.calls)
            self.has_begun = True


@dataclass
class DeleteOperation(PacedSteps):
    """The steps that delete the operation of an earlier effect."""

    always_probe = True
    calls = 2

    planfact: PlanFact
    kind: OperationKind
    invoice_id: str
    original: Entry  # the row of the effect that created the operation
    known_id: str | None  # the id of the operation, unless the answer to its creation was lost
    original_settle: timedelta
    operation_id: int | None = None

    def payload(self) -> Payload:
        return {"delete": self.known_id or self.original.key}

    async def probe(self) -> Found | None:
        self.begin(self.planfact, f"deletion of {self.original.key}")
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
            return await _existing(self.planfact, self.known_id, marker(self.invoice_id))
        operation = await operation_of(self.planfact, self.kind, self.invoice_id, self.original.key)
        return operation.id if operation else None


async def delete_posted(
    planfact: PlanFact | None, ledger: Ledger, request: EffectRequest, kind: OperationKind, settle: timedelta
) -> Receipt:
    """Delete the operation of the effect that `request` reverses and return the receipt.

    From now on no attempt of that effect calls PlanFact. If an earlier attempt ended without an answer, its operation
    counts as absent only after the settle time.
    """
    reversed_key = request.argument["reverses"]
    original = await ledger.cancel_for_good(reversed_key, request)
    known_id = original.vendor_id or request.argument.get("vendor_id")
    if not original.attempts and not known_id:
        return await ledger.cancel(request, f"No {kind.lower()} was posted to PlanFact, so there is none to delete.")
    if planfact is None:
        raise not_configured(f"{kind.lower()} {known_id or reversed_key} may exist there; delete it there by hand")
    return await ledger.execute(
        request, DeleteOperation(planfact, kind, request.invoice_id, original, known_id, settle)
    )


def not_configured(consequence: str) -> ApplicationError:
    return ApplicationError(
        f"PlanFact is no longer configured, so {consequence}. Configure PlanFact and retry, or resolve this effect.",
        type=Failure.SWITCHED_OFF,
        non_retryable=True,
    )


def marker(invoice_id: str) -> str:
    return f"[inv:{invoice_id}]"


def signature(key: str) -> str:
    return f"[key:{key}]"


async def operation_of(planfact: PlanFact, kind: OperationKind, invoice_id: str, key: str) -> Operation | None:
    """Return the operation of exactly this effect among those of the invoice. Raises Permanent if there are several."""
    operations = await planfact.find_operations(kind, marker(invoice_id))
    found = [each for each in operations if signature(key) in (each.comment or "")]
    if len(found) > 1:
        ids = ", ".join(str(each.id) for each in found)
        raise refusal(
            f"PlanFact has {len(found)} operations for one effect of this invoice ({ids}). Delete all but one there, "
            "then retry."
        )
    return found[0] if found else None


async def verified(planfact: PlanFact, vendor_id: str | None, kind: OperationKind, value: Decimal) -> Found:
    """Read an operation and return it. Raises Permanent if it does not exist or is not what was posted."""
    if vendor_id is None or not vendor_id.isdecimal():
        raise refusal(
            f"{vendor_id!r} is not the id of an operation of PlanFact; resolve this effect with the right id."
        )
    try:
        operation = await planfact.get_operation(int(vendor_id))
    except NotFound as error:
        raise refusal(
            f"Operation {vendor_id} no longer exists in PlanFact. Enter it there again and resolve this effect with "
            "its new id; Aktum does not post it a second time."
        ) from error
    return as_posted(operation, kind, value)


def as_posted(operation: Operation, kind: OperationKind, value: Decimal) -> Found:
    """Return the operation. Raises Permanent if its kind or amount differs: PlanFact has stored other amounts."""
    if operation.type != kind:
        raise refusal(
            f"Operation {operation.id} of PlanFact is of the kind {operation.type}, not {kind}; resolve this effect "
            "with the right id."
        )
    if operation.value != value:
        raise refusal(
            f"PlanFact stored {operation.value} instead of {value} (operation {operation.id}); correct it there, then "
            "retry."
        )
    return Found(vendor_id=str(operation.id), details={"deal_id": str(operation.deal_id or "")})


async def _existing(planfact: PlanFact, vendor_id: str, invoice_marker: str) -> int | None:
    """Return the id of the operation if it exists.

    Raises Permanent if it does not carry the marker of the invoice, because a person may have entered a wrong id.
    """
    if not vendor_id.isdecimal():
        raise refusal(f"{vendor_id!r} is not the id of an operation of PlanFact; delete the operation there.")
    try:
        operation = await planfact.get_operation(int(vendor_id))
    except NotFound:
        return None
    if invoice_marker not in (operation.comment or ""):
        raise refusal(
            f"Operation {vendor_id} of PlanFact does not carry {invoice_marker}; if it belongs to the invoice, delete "
            "it there."
        )
    return operation.id


def refusal(message: str) -> Permanent:
    return Permanent(message, vendor_message=message)
