"""The effect that cancels an act that was sent: it asks for a signature, and executes with it once."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.clients.didox import client as didox
from activities.clients.didox.client import Didox
from activities.clients.didox.signing import ActSigning
from activities.clients.errors import Ambiguous
from activities.delivery.einvoice import EInvoice
from activities.delivery.einvoice_signing import EInvoiceSigning
from activities.delivery.signatures import Signatures
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from models.invoice.effects import EffectState
from models.invoice.signing.task import SigningAction
from models.values.failure_codes import Failure
from tests.activities.delivery.signed_acts import Act
from tests.fixtures.issued_invoices import SETTLE, run, settled
from tests.fixtures.sandboxes import PARTNER_TOKEN, PASSWORD, SELLER_TIN
from tests.fixtures.signers import FOREIGN

DELETE = "/delete"


@pytest.fixture
async def sent(act: Act) -> Act:
    """The act after it was signed and sent."""
    await run(act.signing.send, act.sending(await act.signed()))
    return act


async def test_without_a_signature_it_asks_for_one(sent: Act, signable_einvoice: EInvoice) -> None:
    with pytest.raises(ApplicationError, match="aktum sign") as refusal:
        await run(signable_einvoice.cancel, sent.cancelling())
    assert (refusal.value.type, refusal.value.non_retryable) == (Failure.NEEDS_SIGNATURE, True)
    assert sent.status == 1


async def test_the_signature_cancels_the_act_once(sent: Act, signable_einvoice: EInvoice) -> None:
    with pytest.raises(ApplicationError):
        await run(signable_einvoice.cancel, sent.cancelling())
    request = sent.cancelling(await sent.signed_cancellation())
    receipt = await run(signable_einvoice.cancel, request)
    assert (receipt.state, receipt.vendor_id) == (EffectState.DONE, sent.document_id)
    assert (receipt.details["outcome"], receipt.details["certificate_tin"]) == ("cancelled", SELLER_TIN)
    assert await run(signable_einvoice.cancel, request) == receipt
    assert (sent.status, sent.cancels, sent.requests(DELETE)) == (5, 1, 1)


@pytest.mark.parametrize("kind", ["object", "base64"])
async def test_each_form_of_what_is_signed(sent: Act, signable_einvoice: EInvoice, kind: str) -> None:
    sent.sandbox.admin("behaviour", {"to_sign": kind})
    await run(signable_einvoice.cancel, sent.cancelling(await sent.signed_cancellation()))
    assert sent.cancels == 1


async def test_didox_may_give_nothing_to_sign(sent: Act) -> None:
    sent.sandbox.admin("behaviour", {"to_sign": "nothing"})
    with pytest.raises(ApplicationError, match="nothing to sign") as refusal:
        await sent.fetch(SigningAction.CANCEL)
    assert refusal.value.type == Failure.NOTHING_TO_SIGN


async def test_an_act_that_both_have_signed_cannot_be_cancelled(sent: Act) -> None:
    sent.sandbox.admin(f"{sent.document_id}/partner-sign")
    with pytest.raises(ApplicationError, match="Not supported operation") as refusal:
        await sent.fetch(SigningAction.CANCEL)
    assert (refusal.value.type, refusal.value.non_retryable) == (Failure.NOTHING_TO_SIGN, True)


@pytest.mark.parametrize(
    ("fault", "more"),
    [
        ("status", {"status": 503}),
        ("reset_before", {}),
        ("html_502", {}),
        ("commit_then_reset", {}),
        ("empty_200", {}),
        ("malformed_body", {}),
    ],
)
async def test_a_fault(sent: Act, signable_einvoice: EInvoice, fault: str, more: dict[str, Any]) -> None:
    request = sent.cancelling(await sent.signed_cancellation())
    sent.sandbox.fault(fault, path=DELETE, **more)
    with pytest.raises(Ambiguous):
        await run(signable_einvoice.cancel, request)
    receipt = await settled(signable_einvoice.cancel, request)
    assert (receipt.state, sent.status, sent.cancels) == (EffectState.DONE, 5, 1)
    executed = fault in ("commit_then_reset", "empty_200", "malformed_body")
    assert sent.requests(DELETE) == (1 if executed else 2)


async def test_a_certificate_of_another_company_is_not_sent(sent: Act, signable_einvoice: EInvoice) -> None:
    with pytest.raises(ApplicationError, match="another company"):
        await run(signable_einvoice.cancel, sent.cancelling(await sent.signed_cancellation(FOREIGN)))
    assert (sent.status, sent.requests(DELETE)) == (1, 0)


async def test_an_act_that_was_cancelled_meanwhile(sent: Act, signable_einvoice: EInvoice) -> None:
    request = sent.cancelling(await sent.signed_cancellation())
    sent.sandbox.admin(f"{sent.document_id}/partner-reject", {"comment": "Неверная сумма"})
    receipt = await run(signable_einvoice.cancel, request)
    assert (receipt.state, receipt.details) == (EffectState.DONE, {"outcome": "cancelled", "signed_by": "in Didox"})
    assert sent.requests(DELETE) == 0


async def test_an_answer_after_the_timeout(
    sent: Act, store: DocumentStore, engine: AsyncEngine, ledger: Ledger, signable_einvoice: EInvoice
) -> None:
    request = sent.cancelling(await sent.signed_cancellation())
    sent.sandbox.fault("delay", path=DELETE, seconds=2)
    async with didox.connect(sent.sandbox.url, PARTNER_TOKEN, 0.5) as http:
        operator = Didox(http, SELLER_TIN, PASSWORD)
        signing = EInvoiceSigning(ActSigning(operator), Signatures(engine), ledger, settle=SETTLE)
        with pytest.raises(Ambiguous):
            await run(EInvoice(operator, store, ledger, settle=SETTLE, signing=signing).cancel, request)
    receipt = await settled(signable_einvoice.cancel, request)
    assert (receipt.details["signed_by"], sent.cancels, sent.requests(DELETE)) == ("lena", 1, 1)


async def test_a_sending_that_is_withdrawn_sends_nothing_later(
    act: Act, signable_einvoice: EInvoice, ledger: Ledger
) -> None:
    sending = act.sending(await act.signed())
    receipt = await run(signable_einvoice.cancel, act.cancelling(sending=sending.key))
    assert (receipt.state, act.status) == (EffectState.DONE, 55)
    assert (await run(act.signing.send, sending)).state is EffectState.SKIPPED
    assert act.signs == 0
