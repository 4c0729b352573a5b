"""The effects of Didox: create the draft of an act, wait for our signature and the client's answer, delete a draft.

Didox sends an act when it is signed, and only a person with a key can sign, so the server creates drafts only. Didox
sends no notifications; therefore the two waiting effects poll, at growing intervals. See
docs/specification/effects.md 5.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.clients.didox.client import ActDraft, ActSummary, Didox, DocumentState
from activities.clients.errors import NotFound, Permanent, RateLimited, Transient
from activities.delivery.einvoice_act import AgreementMissing, act_of
from activities.delivery.einvoice_signing import EInvoiceSigning
from activities.documents.store import DocumentStore
from activities.ledger.effect_steps import NO_SETTLE_TIME, EffectSteps, Payload
from activities.ledger.entry import Entry, Found
from activities.ledger.ledger import Ledger
from models.invoice.effects import EffectName, Receipt
from models.invoice.ports import EFFECT_PORTS, EffectRequest
from models.invoice.signing.task import SIGNATURE
from models.values.failure_codes import Failure

DRAFT, SENT, WAITS_FOR_US, SIGNED, REJECTED = 0, 1, 2, 3, 4
# The statuses of an act in force, signed or not. A rejected act belongs to an earlier approval.
IN_FORCE = (DRAFT, SENT, WAITS_FOR_US, SIGNED)
ENDED = {
    5: "was cancelled",
    40: "is invalid",
    50: "was annulled by the tax office",
    55: "was deleted as a draft",
    5555: "was cancelled by the sender",
}
WAITING = "Waiting"
FIRST_MINUTE = timedelta(minutes=1)
SHORTEST_INTERVAL = timedelta(seconds=2)
LONGEST_INTERVAL = timedelta(hours=1)


class EInvoice:
    """The activities of Didox. Without a client they raise SWITCHED_OFF."""

    def __init__(
        self,
        didox: Didox | None,
        store: DocumentStore,
        ledger: Ledger,
        *,
        measure_id: int = 1,
        settle: timedelta = NO_SETTLE_TIME,
        signing: EInvoiceSigning | None = None,
    ) -> None:
        """`measure_id` is the measure "one service" in Didox. `settle` is the settle time: how long after a creation
        without an answer the act may still appear in the list, which is read from a search index."""
        self._didox = didox
        self._store = store
        self._ledger = ledger
        self._measure_id = measure_id
        self._settle = settle
        self._signing = signing

    @activity.defn(name=EFFECT_PORTS[EffectName.EINVOICE].name)
    async def create(self, request: EffectRequest) -> Receipt:
        """Create the draft of the act and return the receipt with its id."""
        didox = self._client()
        content, number = await self._store.content(request.digest)
        try:
            act = act_of(content, number, self._measure_id)
        except AgreementMissing as error:
            raise _refused(str(error)) from error
        return await self._ledger.execute(request, CreateAct(didox, self._ledger, request, act, self._settle))

    @activity.defn(name=EFFECT_PORTS[EffectName.EINVOICE_SIGNATURE].name)
    async def await_signature(self, request: EffectRequest) -> Receipt:
        """Return a receipt when the act is signed by us. Until then raise WAITING, after which Temporal retries."""
        state = await self._state(request)
        if state.status == DRAFT:
            raise _waiting(f"Act {request.display_number} waits for our signature in Didox")
        return Receipt(vendor_id=state.id, details={"outcome": "sent", "status": str(state.status)})

    @activity.defn(name=EFFECT_PORTS[EffectName.EINVOICE_ANSWER].name)
    async def await_answer(self, request: EffectRequest) -> Receipt:
        """Return the client's answer as a receipt. Until there is one raise WAITING, after which Temporal retries.

        An unknown status also waits, because a known status may follow.
        """
        state = await self._state(request)
        if state.status == SIGNED:
            return Receipt(vendor_id=state.id, details={"answer": "accepted"})
        if state.status == REJECTED:
            return Receipt(vendor_id=state.id, details={"answer": "rejected", "comment": state.comment or ""})
        if state.status in (SENT, WAITS_FOR_US):
            raise _waiting(f"Act {request.display_number} waits for the client's signature in Didox")
        raise _waiting(f"Act {request.display_number} waits in Didox in the unknown status {state.status}")

    @activity.defn(name=EFFECT_PORTS[EffectName.EINVOICE_CANCEL].name)
    async def cancel(self, request: EffectRequest) -> Receipt:
        """Delete the draft, or cancel the act that was sent with a person's signature, and return the receipt.

        Without a signature, an act that was sent fails the effect with NEEDS_SIGNATURE.
        """
        original = await self._ledger.cancel_for_good(request.argument["reverses"], request)
        if sending := request.argument.get("sending"):
            await self._ledger.cancel_for_good(sending, request)
        document_id = original.vendor_id or request.argument.get("vendor_id")
        if not original.attempts and not document_id:
            return await self._ledger.cancel(request, "No act was created in Didox, so there is none to delete.")
        if self._didox is None:
            raise _switched_off(
                f"Didox is no longer configured, but act {document_id or request.display_number} may exist there. "
                "Delete it in Didox and resolve this effect, or configure Didox and retry."
            )
        if self._signing and document_id and SIGNATURE in request.argument:
            return await self._signing.cancel(request, document_id)
        steps = DeleteAct(self._didox, self._store, request, original, document_id, self._settle)
        return await self._ledger.execute(request, steps)

    async def _state(self, request: EffectRequest) -> DocumentState:
        """Return the state of the act. Raises VENDOR_REFUSED if it does not exist or can no longer be signed."""
        didox, number = self._client(), request.display_number
        try:
            state = await didox.get(request.argument["document_id"])
        except NotFound as error:
            raise _refused(f"Act {number} is no longer in Didox.") from error
        except Permanent as error:
            raise _refused(error.message) from error
        except RateLimited as error:
            raise ApplicationError(error.message, type=WAITING, next_retry_delay=error.retry_after) from error
        if state.status in ENDED:
            raise _refused(f"Act {number} {ENDED[state.status]} in Didox (status {state.status}); it cannot be signed.")
        return state

    def _client(self) -> Didox:
        if self._didox is None:
            raise _switched_off("Didox is not configured. Configure it and retry, or deliver the invoice by e-mail.")
        return self._didox


@dataclass
class CreateAct(EffectSteps):
    """The steps that create the draft of an act."""

    # Didox accepts the same number twice, and a person may have created this act before.
    always_probe = True

    didox: Didox
    ledger: Ledger
    request: EffectRequest
    act: ActDraft
    settle: timedelta

    def payload(self) -> Payload:
        return self.act.model_dump_json()

    async def probe(self) -> Found | None:
        found = await self.didox.find_acts(self.act.number, self.act.buyer_tin, IN_FORCE)
        _require_no_earlier(found, await self.ledger.earlier_vendor_ids(self.request))
        return _require_equal(found, self.act) if found else None

    async def create(self) -> Found:
        return Found(await self.didox.create_act(self.act))


@dataclass
class DeleteAct(EffectSteps):
    """The steps that delete the draft of an act."""

    always_probe = True

    didox: Didox
    store: DocumentStore
    request: EffectRequest
    original: Entry  # the row of the effect that created the act
    document_id: str | None  # the id of the act, unless the answer to its creation was lost
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
            raise Transient(f"Act {self.draft} of Didox has been deleted in the meantime; checking again") from error
        return Found(self.draft)

    async def _find(self) -> str | None:
        """Return the id of the act that an attempt without an answer created; None if there is none."""
        for tin in {content.customer.tin for content in await self.store.contents_of(self.request.invoice_id)}:
            for act in await self.didox.find_acts(self.request.display_number, tin, IN_FORCE):
                return act.id
        self.original.require_settled(self.original_settle)
        return None


def _require_no_earlier(found: list[ActSummary], earlier: frozenset[str]) -> None:
    """Raise Permanent if an act of an earlier approval is still in force, because its content has been corrected."""
    for act in found:
        if act.id in earlier:
            message = (
                f"Act {act.id} in Didox belongs to an earlier approval of {act.number} and is still in force. "
                "Cancel it in Didox with your key, then retry."
            )
            raise Permanent(message, vendor_message=message)


def _require_equal(found: list[ActSummary], act: ActDraft) -> Found:
    """Return the act that was found. Raises Permanent if its total differs or if there are several."""
    total = sum((line.total for line in act.lines), Decimal(0))
    if len(found) == 1 and found[0].total in (total, None):
        return Found(found[0].id)
    listed = ", ".join(f"{each.id} with the total {each.total}" for each in found)
    message = (
        f"Didox already has act {act.number} for this client ({listed}); one act with the total {total} is expected. "
        "Delete the wrong ones in Didox, then retry, or resolve the effect with the id of the right one."
    )
    raise Permanent(message, vendor_message=message)


async def _is_deleted(didox: Didox, document_id: str, number: str) -> bool:
    """Return whether the act is deleted or no longer in force. Raises Permanent if it was sent or is another act."""
    try:
        state = await didox.get(document_id)
    except NotFound:
        return True
    if state.number != number:
        message = f"Document {document_id} in Didox is {state.number}, not act {number}; it is not deleted."
        raise Permanent(message, vendor_message=message)
    if state.status == REJECTED or state.status in ENDED:
        return True  # the act is not in force, so there is nothing to compensate
    if state.status != DRAFT:
        message = (
            f"Act {number} was already sent (status {state.status}); only a signature can cancel it. Sign the "
            "cancellation (`aktum sign`), or cancel it in Didox with your key and resolve this effect as done."
        )
        raise SignatureNeeded(message, vendor_message=message)
    return False


class SignatureNeeded(Permanent):
    """The act was sent, so a person has to sign its cancellation."""

    failure = Failure.NEEDS_SIGNATURE


def _switched_off(message: str) -> ApplicationError:
    return ApplicationError(message, type=Failure.SWITCHED_OFF, non_retryable=True)


def _refused(message: str) -> ApplicationError:
    return ApplicationError(message, type=Failure.VENDOR_REFUSED, non_retryable=True)


def _waiting(what: str) -> ApplicationError:
    """Return the error after which Temporal retries.

    The interval is 2 seconds in the first minute, then a tenth of the time that has passed, at most an hour.
    """
    since = activity.info().scheduled_time
    age = datetime.now(UTC) - since
    return ApplicationError(
        f"{what} since {since:%Y-%m-%d %H:%M} UTC.",
        type=WAITING,
        next_retry_delay=SHORTEST_INTERVAL if age < FIRST_MINUTE else min(age / 10, LONGEST_INTERVAL),
        category=ApplicationErrorCategory.BENIGN,
    )
