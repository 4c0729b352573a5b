"""Didox: creates the draft act, watches for our signature and for the client's answer, and deletes a draft again.

Signing is sending, and only a person with a key can sign: what the server does ends at the draft. Didox announces
nothing, so the watches ask, often at first and ever more rarely.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.clients.didox.client import ActDraft, ActSummary, Didox, DocumentState
from activities.clients.errors import NotFound, Permanent, RateLimited, Transient
from activities.delivery.einvoice_act import AgreementMissing, act_of
from activities.documents.store import DocumentStore
from activities.ledger.effect_steps import AT_ONCE, EffectSteps, Payload
from activities.ledger.entry import Entry, Found
from activities.ledger.ledger import Ledger
from models.invoice.effects import EffectName, Receipt
from models.invoice.ports import EFFECT_PORTS, EffectRequest
from models.values.failure_codes import Failure

DRAFT, SENT, WAITS_FOR_US, SIGNED, REJECTED = 0, 1, 2, 3, 4
# An act of ours under this number, signed meanwhile or not. A rejected one belongs to an earlier approval.
OURS = (DRAFT, SENT, WAITS_FOR_US, SIGNED)
OVER = {
    5: "was cancelled",
    40: "is invalid",
    50: "was annulled by the tax office",
    55: "was deleted as a draft",
    5555: "was cancelled by the sender",
}
WAITING = "Waiting"
FIRST_MINUTE = timedelta(minutes=1)
SOON = timedelta(seconds=2)
RARELY = timedelta(hours=1)


class EInvoice:
    def __init__(
        self,
        didox: Didox | None,
        stored: DocumentStore,
        ledger: Ledger,
        *,
        measure_id: int = 1,
        settle: timedelta = AT_ONCE,
    ) -> None:
        """`measure_id` is Didox's measure for "one service". `settle`: how late an act may appear in its list, which is
        served by a search index, when the answer to its creation was lost."""
        self._didox = didox
        self._stored = stored
        self._ledger = ledger
        self._measure_id = measure_id
        self._settle = settle

    @activity.defn(name=EFFECT_PORTS[EffectName.EINVOICE].name)
    async def create(self, request: EffectRequest) -> Receipt:
        didox = self._switched_on()
        content, number = await self._stored.content(request.digest)
        try:
            act = act_of(content, number, self._measure_id)
        except AgreementMissing as error:
            raise _refused(str(error)) from error
        return await self._ledger.execute(request, CreateAct(didox, self._ledger, request, act, self._settle))

    @activity.defn(name=EFFECT_PORTS[EffectName.EINVOICE_SIGNATURE].name)
    async def await_signature(self, request: EffectRequest) -> Receipt:
        """Asks once; Temporal asks again."""
        state = await self._look(request)
        if state.status == DRAFT:
            raise _waiting(f"Act {request.display_number} waits for our signature in Didox")
        return Receipt(vendor_id=state.id, details={"outcome": "sent", "status": str(state.status)})

    @activity.defn(name=EFFECT_PORTS[EffectName.EINVOICE_ANSWER].name)
    async def await_answer(self, request: EffectRequest) -> Receipt:
        """Asks once. A status that we do not know may be followed by one that we do."""
        state = await self._look(request)
        if state.status == SIGNED:
            return Receipt(vendor_id=state.id, details={"answer": "accepted"})
        if state.status == REJECTED:
            return Receipt(vendor_id=state.id, details={"answer": "rejected", "comment": state.comment or ""})
        if state.status in (SENT, WAITS_FOR_US):
            raise _waiting(f"Act {request.display_number} waits for the client's signature in Didox")
        raise _waiting(
            f"Act {request.display_number} is in status {state.status} in Didox, unknown to us; it is watched"
        )

    @activity.defn(name=EFFECT_PORTS[EffectName.EINVOICE_CANCEL].name)
    async def cancel(self, request: EffectRequest) -> Receipt:
        """Deletes the draft. An act that was sent can only be cancelled by a person, with a signature."""
        original = await self._ledger.cancel_for_good(request.argument["reverses"], request)
        document_id = original.vendor_id or request.argument.get("vendor_id")
        if not original.attempts and not document_id:
            return await self._ledger.cancel(request, "No act was created in Didox, so there is none to delete.")
        if self._didox is None:
            raise _switched_off(
                f"Didox is no longer configured, but act {document_id or request.display_number} may be there. "
                "Delete it by hand and resolve this effect, or configure Didox and retry."
            )
        steps = DeleteAct(self._didox, self._stored, request, original, document_id, self._settle)
        return await self._ledger.execute(request, steps)

    async def _look(self, request: EffectRequest) -> DocumentState:
        didox, number = self._switched_on(), request.display_number
        try:
            state = await didox.get(request.argument["document_id"])
        except NotFound as error:
            raise _refused(f"Act {number} is no longer in Didox.") from error
        except Permanent as error:
            raise _refused(error.message) from error
        except RateLimited as error:
            raise ApplicationError(error.message, type=WAITING, next_retry_delay=error.retry_after) from error
        if state.status in OVER:
            raise _refused(f"Act {number} {OVER[state.status]} in Didox (status {state.status}); nobody can sign it.")
        return state

    def _switched_on(self) -> Didox:
        if self._didox is None:
            raise _switched_off("Didox is not configured. Configure it and retry, or deliver the invoice by e-mail.")
        return self._didox


@dataclass
class CreateAct(EffectSteps):
    # Didox takes the same number twice, and a person may have typed this act in already.
    always_probe = True

    didox: Didox
    ledger: Ledger
    request: EffectRequest
    act: ActDraft
    settle: timedelta

    def payload(self) -> Payload:
        return self.act.model_dump_json()

    async def probe(self) -> Found | None:
        found = await self.didox.find_acts(self.act.number, self.act.buyer_tin, OURS)
        _refuse_earlier(found, await self.ledger.others(self.request))
        return _same(found, self.act) if found else None

    async def create(self) -> Found:
        return Found(await self.didox.create_act(self.act))


@dataclass
class DeleteAct(EffectSteps):
    always_probe = True

    didox: Didox
    stored: DocumentStore
    request: EffectRequest
    original: Entry  # of the effect that created the act
    document_id: str | None  # of the act, unless the answer to its creation was lost
    original_settle: timedelta
    draft: str | None = None

    def payload(self) -> Payload:
        return {"delete": self.document_id or self.original.key}

    async def probe(self) -> Found | None:
        self.draft = self.document_id or await self._find()
        if self.draft is None:
            return Found(None, {"outcome": "Didox has no act of this invoice"})
        return Found(self.draft) if await _is_deleted(self.didox, self.draft, self.request.display_number) else None

    async def create(self) -> Found:
        assert self.draft is not None, "probe comes first"
        try:
            await self.didox.delete_draft(self.draft)
        except NotFound as error:
            raise Transient(f"Didox's act {self.draft} was gone a moment later; looking again") from error
        return Found(self.draft)

    async def _find(self) -> str | None:
        """The act of an attempt whose answer was lost."""
        for tin in {content.customer.tin for content in await self.stored.contents_of(self.request.invoice_id)}:
            for act in await self.didox.find_acts(self.request.display_number, tin, OURS):
                return act.id
        self.original.must_be_settled(self.original_settle)
        return None


def _refuse_earlier(found: list[ActSummary], earlier: frozenset[str]) -> None:
    """Raises where an act of an earlier approval is among those found: it says what has been corrected since."""
    for act in found:
        if act.id in earlier:
            message = (
                f"Act {act.id} in Didox is the one of an earlier approval of {act.number}, and it still stands. "
                "Cancel it there with your key; then retry."
            )
            raise Permanent(message, vendor_message=message)


def _same(found: list[ActSummary], act: ActDraft) -> Found:
    """The act that is ours; raises where it is another one under our number, or there are several."""
    total = sum((line.total for line in act.lines), Decimal(0))
    if len(found) == 1 and found[0].total in (total, None):
        return Found(found[0].id)
    known = ", ".join(f"{each.id} over {each.total}" for each in found)
    message = (
        f"Didox already has act {act.number} for this client ({known}), where one over {total} is expected. "
        "Look there which one is right and delete the others; then retry, or resolve the effect with its id."
    )
    raise Permanent(message, vendor_message=message)


async def _is_deleted(didox: Didox, document_id: str, number: str) -> bool:
    try:
        state = await didox.get(document_id)
    except NotFound:
        return True
    if state.number != number:
        message = f"Document {document_id} in Didox is {state.number}, not act {number}; it is left alone."
        raise Permanent(message, vendor_message=message)
    if state.status == REJECTED or state.status in OVER:
        return True  # it binds nobody, so there is nothing to take back
    if state.status != DRAFT:
        message = (
            f"Act {number} was already sent (status {state.status}); only a signature can cancel it. "
            "Cancel it in Didox with your key, then resolve this effect as done."
        )
        raise Permanent(message, vendor_message=message)
    return False


def _switched_off(message: str) -> ApplicationError:
    return ApplicationError(message, type=Failure.SWITCHED_OFF, non_retryable=True)


def _refused(message: str) -> ApplicationError:
    return ApplicationError(message, type=Failure.VENDOR_REFUSED, non_retryable=True)


def _waiting(what: str) -> ApplicationError:
    """Every two seconds in the first minute, then at a tenth of the time waited so far, at most an hour apart."""
    since = activity.info().scheduled_time
    age = datetime.now(UTC) - since
    return ApplicationError(
        f"{what} since {since:%Y-%m-%d %H:%M} UTC.",
        type=WAITING,
        next_retry_delay=SOON if age < FIRST_MINUTE else min(age / 10, RARELY),
        category=ApplicationErrorCategory.BENIGN,
    )
