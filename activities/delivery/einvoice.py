"""The effects of Didox: create the draft of an act, wait for our signature and the client's answer, delete a draft.

Didox sends an act when it is signed, and only a person with a key can sign, so the server creates drafts only. Didox
sends no notifications. The two waiting effects look a few times at once; after that one sweep looks for all invoices
(`act_sweep.py`). See docs/specification/effects.md 5.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.clients.didox.client import Didox, DocumentState
from activities.clients.didox.pdf import LARGEST_PDF, PdfDraft
from activities.clients.errors import NotFound, Permanent, RateLimited
from activities.delivery.act_sweeps import Sweeps
from activities.delivery.einvoice_act import AgreementMissing, act_of, pdf_of
from activities.delivery.einvoice_signing import EInvoiceSigning
from activities.delivery.einvoice_steps import CreateAct, CreatePdf, DeleteAct
from activities.documents.store import DocumentStore
from activities.ledger.effect_steps import NO_SETTLE_TIME
from activities.ledger.ledger import Ledger
from models.invoice.acts.act import SeenAct, read_answer, read_later, read_signature
from models.invoice.acts.looks import is_left_out, next_first_look
from models.invoice.content.content import Content
from models.invoice.effects import EffectName, EffectState, Receipt
from models.invoice.ports import EFFECT_PORTS, EffectRequest
from models.invoice.signing.task import SIGNATURE
from models.values.failure_codes import Failure

WAITING = "Waiting"


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
        sweeps: Sweeps | None = None,
    ) -> None:
        """`measure_id` is the measure "one service" in Didox. `settle` is the settle time: how long after a creation
        without an answer the act may still appear in the list, which is read from a search index."""
        self._didox = didox
        self._store = store
        self._ledger = ledger
        self._measure_id = measure_id
        self._settle = settle
        self._signing = signing
        self._sweeps = sweeps

    @activity.defn(name=EFFECT_PORTS[EffectName.EINVOICE].name)
    async def create(self, request: EffectRequest) -> Receipt:
        """Create the draft of the act, or of the free PDF, and return the receipt with its id."""
        didox = self._client()
        content, number = await self._store.content(request.digest)
        steps: CreateAct | CreatePdf
        try:
            if request.argument.get("document") == "pdf":
                draft, pdf = await self._pdf(request, content, number)
                steps = CreatePdf(didox, self._ledger, request, draft, pdf, self._settle)
            else:
                act = act_of(content, number, self._measure_id)
                steps = CreateAct(didox, self._ledger, request, act, self._settle)
        except AgreementMissing as error:
            raise _refused(str(error)) from error
        return await self._ledger.execute(request, steps)

    @activity.defn(name=EFFECT_PORTS[EffectName.EINVOICE_SIGNATURE].name)
    async def await_signature(self, request: EffectRequest) -> Receipt:
        """Return a receipt, pending while we have not signed. The first looks raise WAITING, and Temporal retries."""
        return await self._look(request, read_signature)

    @activity.defn(name=EFFECT_PORTS[EffectName.EINVOICE_ANSWER].name)
    async def await_answer(self, request: EffectRequest) -> Receipt:
        """Return the client's answer, pending while there is none. The first looks raise WAITING."""
        return await self._look(request, read_answer)

    @activity.defn(name=EFFECT_PORTS[EffectName.EINVOICE_CHECK].name)
    async def check(self, request: EffectRequest) -> Receipt:
        """Return the status of an act that was answered before; the effect has failed if it is no longer in force."""
        return await self._look(request, read_later)

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

    async def _pdf(self, request: EffectRequest, content: Content, number: str) -> tuple[PdfDraft, bytes]:
        """Return the free PDF and its file. Raises VENDOR_REFUSED if it is larger than Didox accepts."""
        assert request.document is not None, "an approved invoice has a document"
        if request.document.size > LARGEST_PDF:
            raise _refused(
                f"The PDF has {request.document.size} bytes, and Didox accepts {LARGEST_PDF} at the most. Deliver the "
                "invoice by e-mail or as an act, or reopen it and shorten the document."
            )
        draft = pdf_of(content, number, request.document.sha256)
        return draft, await self._store.pdf(request.document.sha256)

    async def _look(self, request: EffectRequest, read: Callable[[SeenAct], Receipt]) -> Receipt:
        """Return what `read` makes of the act. While an invoice waits for the first time, raise WAITING."""
        didox = self._client()
        if self._sweeps and is_left_out(request.look, await self._sweeps.last(didox.seller_tin), datetime.now(UTC)):
            return Receipt(state=EffectState.PENDING, note="A sweep has looked at all acts.")
        state = await _state(didox, request)
        number = request.display_number
        receipt = read(SeenAct(document_id=state.id, number=number, status=state.status, comment=state.comment))
        if receipt.state is EffectState.PENDING and request.look is None:
            _wait_shortly(receipt)
        return receipt

    def _client(self) -> Didox:
        if self._didox is None:
            raise _switched_off("Didox is not configured. Configure it and retry, or deliver the invoice by e-mail.")
        return self._didox


async def _state(didox: Didox, request: EffectRequest) -> DocumentState:
    """Return the state of the act. Raises VENDOR_REFUSED if it does not exist."""
    try:
        return await didox.get(request.argument["document_id"])
    except NotFound as error:
        raise _refused(f"Act {request.display_number} is no longer in Didox.") from error
    except Permanent as error:
        raise _refused(error.message) from error
    except RateLimited as error:
        raise ApplicationError(error.message, type=WAITING, next_retry_delay=error.retry_after) from error


def _wait_shortly(pending: Receipt) -> None:
    """Raise WAITING, after which Temporal retries, unless all of the first looks were made."""
    since = activity.info().scheduled_time
    pause = next_first_look(datetime.now(UTC) - since)
    if pause is not None:
        raise ApplicationError(
            f"{pending.note} since {since:%Y-%m-%d %H:%M} UTC.",
            type=WAITING,
            next_retry_delay=pause,
            category=ApplicationErrorCategory.BENIGN,
        )


class SignatureNeeded(Permanent):
    """The act was sent, so a person has to sign its cancellation."""

    failure = Failure.NEEDS_SIGNATURE


def _switched_off(message: str) -> ApplicationError:
    return ApplicationError(message, type=Failure.SWITCHED_OFF, non_retryable=True)


def _refused(message: str) -> ApplicationError:
    return ApplicationError(message, type=Failure.VENDOR_REFUSED, non_retryable=True)
