"""The steps of the effects that create and delete the draft of an act in Didox."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import product

from activities.clients.didox.client import ACT, FREE_PDF, ActDraft, ActSummary, Didox
from activities.clients.didox.pdf import PdfDraft
from activities.clients.errors import NotFound, Permanent, Transient
from activities.documents.store import DocumentStore
from activities.ledger.effect_steps import EffectSteps, Payload
from activities.ledger.entry import Entry, Found
from activities.ledger.ledger import Ledger
from models.invoice.acts.act import DRAFT, ENDED, IN_FORCE, REJECTED
from models.invoice.ports import EffectRequest
from models.values.failure_codes import Failure


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

    async def prepare(self) -> None:
        """Raise Permanent if a code is no favourite of the seller, because Didox would refuse the signature."""
        codes = dict.fromkeys(line.catalog_code for line in self.act.lines if line.catalog_code)
        missing = [code for code in codes if not await self.didox.is_favourite(code)]
        if missing:
            message = (
                f"The code (IKPU) {', '.join(missing)} is not among your favourites in Didox, so act {self.act.number} "
                "could not be signed. Add it in Didox (profile, goods and services), or correct the code in the "
                "settings and regenerate the invoice; then retry."
            )
            raise Permanent(message, vendor_message=message)

    async def create(self) -> Found:
        return Found(await self.didox.create_act(self.act))


@dataclass
class CreatePdf(EffectSteps):
    """The steps that create the draft of a free PDF."""

    always_probe = True

    didox: Didox
    ledger: Ledger
    request: EffectRequest
    draft: PdfDraft
    pdf: bytes
    settle: timedelta

    def payload(self) -> Payload:
        return self.draft.model_dump_json()

    async def probe(self) -> Found | None:
        found = await self.didox.find_acts(self.draft.number, self.draft.buyer_tin, IN_FORCE, FREE_PDF)
        _require_no_earlier(found, await self.ledger.earlier_vendor_ids(self.request))
        if len(found) > 1:
            message = (
                f"Didox already has {len(found)} documents {self.draft.number} for this client "
                f"({', '.join(each.id for each in found)}). Delete the wrong ones in Didox, then retry, or resolve the "
                "effect with the id of the right one."
            )
            raise Permanent(message, vendor_message=message)
        return Found(found[0].id) if found else None

    async def create(self) -> Found:
        return Found(await self.didox.create_pdf(self.draft, self.pdf))


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
        tins = {content.customer.tin for content in await self.store.contents_of(self.request.invoice_id)}
        for tin, kind in product(tins, (ACT, FREE_PDF)):
            for found in await self.didox.find_acts(self.request.display_number, tin, IN_FORCE, kind):
                return found.id
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
