"""Signatures of acts in Didox: fetch what a person signs, send the act with the signature, cancel an act that was sent.

A signature is made on the person's own machine; here it only gets a timestamp and is sent. Before that, and after an
answer that was lost, Didox is asked for the status, so that nothing is sent twice. See docs/specification/effects.md
5.13.
"""

import hashlib
from abc import abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clients.didox.signing import ActSigning, ActToSign
from activities.clients.errors import Ambiguous, NotFound, Permanent
from activities.delivery.signatures import Signature, Signatures
from activities.ledger.effect_steps import NO_SETTLE_TIME, EffectSteps, Payload
from activities.ledger.entry import Found
from activities.ledger.ledger import Ledger
from models.invoice.acts.act import DRAFT, ENDED, REJECTED
from models.invoice.effects import EffectName, Receipt
from models.invoice.ports import EFFECT_PORTS, EffectRequest
from models.invoice.signing.ports import FETCH_TO_SIGN, ToSign, ToSignRequest
from models.invoice.signing.task import SIGNATURE, SigningAction
from models.values.failure_codes import Failure

NOT_IN_FORCE = (REJECTED, *ENDED)


class EInvoiceSigning:
    """The activities of signatures. Without a client they raise SWITCHED_OFF."""

    def __init__(
        self,
        signing: ActSigning | None,
        signatures: Signatures,
        ledger: Ledger,
        *,
        settle: timedelta = NO_SETTLE_TIME,
    ) -> None:
        """`settle` is the settle time: how long after a request without an answer Didox may still execute it."""
        self._signing = signing
        self._signatures = signatures
        self._ledger = ledger
        self._settle = settle

    @activity.defn(name=FETCH_TO_SIGN.name)
    async def fetch(self, request: ToSignRequest) -> ToSign:
        """Store the bytes that a person is to sign and return their digest. It changes nothing at Didox.

        Raises NOTHING_TO_SIGN if Didox refuses, or has the document in another status than the invoice.
        """
        signing, number = self._client(), request.display_number
        try:
            act = await signing.read(request.document_id)
            _require_signable(act, request)
            cancels = request.action is SigningAction.CANCEL
            content = await signing.to_cancel(request.document_id) if cancels else act.content
        except NotFound as error:
            raise _nothing(f"Act {number} is no longer in Didox.") from error
        except Permanent as error:
            reason = (
                error.message if error.vendor_message in error.message else f"{error.message}: {error.vendor_message}"
            )
            raise _nothing(f"Act {number}: {reason}") from error
        return await self._signatures.save_document(request, content, signing.seller_tin)

    @activity.defn(name=EFFECT_PORTS[EffectName.EINVOICE_SEND].name)
    async def send(self, request: EffectRequest) -> Receipt:
        """Send the act with its signature and return the receipt, which names the signer and the certificate."""
        signing = self._client()
        signature = await self._signatures.signature(request.argument[SIGNATURE], request.invoice_id)
        steps = SendAct(signing, signature, await self._was_tried(request), request, self._settle)
        return await self._ledger.execute(request, steps)

    async def cancel(self, request: EffectRequest, document_id: str) -> Receipt:
        """Cancel an act that was sent with the signature that the request names, and return the receipt."""
        signing = self._client()
        signature = await self._signatures.signature(request.argument[SIGNATURE], request.invoice_id)
        steps = CancelAct(signing, signature, await self._was_tried(request), document_id, self._settle)
        return await self._ledger.execute(request, steps)

    async def _was_tried(self, request: EffectRequest) -> bool:
        entry = await self._ledger.find(request.key)
        return entry is not None and entry.attempts > 0

    def _client(self) -> ActSigning:
        if self._signing is None:
            message = "Didox is not configured. Configure it and retry, or sign the act in Didox itself."
            raise ApplicationError(message, type=Failure.SWITCHED_OFF, non_retryable=True)
        return self._signing


@dataclass
class SignedSteps(EffectSteps):
    """What sending and cancelling with a signature have in common.

    `was_tried` tells whether an earlier attempt may have executed it; else what is found was done in Didox itself.
    """

    always_probe = True
    reads_back = True
    action: ClassVar[SigningAction]

    signing: ActSigning
    signature: Signature
    was_tried: bool

    def __post_init__(self) -> None:
        self.token: str | None = None

    async def prepare(self) -> None:
        """Check that the signature is of this document and of our company, and add the timestamp."""
        expected = (self.document, self.action.value, self.signing.seller_tin)
        found = (self.signature.document_id, self.signature.action, self.signature.certificate_tin)
        if found != expected:
            raise _refused("The signature was made for another document, or by another company. Sign the act again.")
        self.token = await self.signing.timestamp(self.signature.pkcs7, self.signature.signature_hex)

    @property
    @abstractmethod
    def document(self) -> str:
        """The id of the document in Didox."""

    def _signer(self, *, ours: bool) -> dict[str, str]:
        """Return who has signed; `ours` tells whether our signature may have been executed."""
        return self.signature.receipt if ours else {"signed_by": "in Didox"}


@dataclass
class SendAct(SignedSteps):
    """The steps that send an act."""

    action = SigningAction.SEND

    request: EffectRequest
    settle: timedelta

    @property
    def document(self) -> str:
        return self.request.argument["document_id"]

    def payload(self) -> Payload:
        return {"send": self.document, "signature": self.signature.sha256}

    async def probe(self) -> Found | None:
        act = await self.signing.read(self.document)
        if act.state.status != DRAFT:
            return self._sent(act, ours=self.was_tried)
        if hashlib.sha256(act.content).hexdigest() != self.signature.document_sha256:
            raise _refused("The draft of the act was changed in Didox after it was signed. Sign it again.")
        return None

    async def create(self) -> Found:
        assert self.token is not None, "prepare comes first"
        try:
            warning = await self.signing.send(self.document, self.token)
        except Permanent:
            # An act that was sent meanwhile, by an earlier request or by a person in Didox, cannot be sent again.
            act = await self.signing.read(self.document)
            if act.state.status == DRAFT:
                raise
            return self._sent(act, ours=self.was_tried)
        return Found(self.document, {"warning": warning} if warning else {})

    async def read_back(self, created: Found) -> Found:
        act = await self.signing.read(self.document)
        if act.state.status == DRAFT:
            raise Ambiguous(f"Didox has accepted the signature, but act {act.state.number} is still a draft")
        sent = self._sent(act, ours=True)
        return Found(sent.vendor_id, {**created.details, **sent.details})

    def _sent(self, act: ActToSign, *, ours: bool) -> Found:
        """Return the act that was sent. Raises Permanent if it is not in force."""
        if act.state.status in ENDED:
            number, status = act.state.number, act.state.status
            raise _refused(f"Act {number} is not in force in Didox any more (status {status}), so it cannot be sent.")
        details = {"outcome": "sent", "status": str(act.state.status)}
        return Found(self.document, {**details, **self._signer(ours=ours)})


@dataclass
class CancelAct(SignedSteps):
    """The steps that cancel an act that was sent."""

    action = SigningAction.CANCEL

    document_id: str
    settle: timedelta

    @property
    def document(self) -> str:
        return self.document_id

    def payload(self) -> Payload:
        return {"cancel": self.document_id, "signature": self.signature.sha256}

    async def probe(self) -> Found | None:
        return self._cancelled(ours=self.was_tried) if await self._is_cancelled() else None

    async def create(self) -> Found:
        assert self.token is not None, "prepare comes first"
        try:
            warning = await self.signing.cancel(self.document_id, self.token)
        except Permanent:
            if not await self._is_cancelled():
                raise
            return self._cancelled(ours=self.was_tried)
        return Found(self.document_id, {"warning": warning} if warning else {})

    async def read_back(self, created: Found) -> Found:
        if not await self._is_cancelled():
            raise Ambiguous(f"Didox has accepted the cancellation, but document {self.document_id} is still in force")
        return Found(self.document_id, {**created.details, **self._cancelled(ours=True).details})

    async def _is_cancelled(self) -> bool:
        try:
            return (await self.signing.read(self.document_id)).state.status in NOT_IN_FORCE
        except NotFound:
            return True

    def _cancelled(self, *, ours: bool) -> Found:
        return Found(self.document_id, {"outcome": "cancelled", **self._signer(ours=ours)})


def _require_signable(act: ActToSign, request: ToSignRequest) -> None:
    """Raise NOTHING_TO_SIGN if the document is another one, or its status does not fit what is to be signed."""
    number, status = act.state.number, act.state.status
    if number != request.display_number:
        raise _nothing(f"Document {request.document_id} in Didox is {number}, not act {request.display_number}.")
    if request.action is SigningAction.SEND and status != DRAFT:
        raise _nothing(f"Act {number} is no longer a draft in Didox (status {status}); Aktum sees that in a moment.")
    if request.action is SigningAction.CANCEL and (status == DRAFT or status in NOT_IN_FORCE):
        raise _nothing(f"Act {number} is not in force in Didox (status {status}); retry the effect that cancels it.")


def _nothing(message: str) -> ApplicationError:
    return ApplicationError(message, type=Failure.NOTHING_TO_SIGN, non_retryable=True)


def _refused(message: str) -> Permanent:
    return Permanent(message, vendor_message=message)
