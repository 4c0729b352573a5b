"""The free PDF in Didox: the document itself, once, with the same ledger, marker, probe and cancellation as an act."""

import base64

import pytest
from temporalio.exceptions import ApplicationError

from activities.clients.errors import Ambiguous
from activities.delivery.einvoice import EInvoice
from activities.documents.store import DocumentStore
from models.invoice.commands import Deliver
from models.invoice.content.basis import ClientType
from models.invoice.effects import EffectName
from models.invoice.errors import InvalidChange
from models.invoice.lifecycle import apply
from models.values.document_options import Channel
from models.values.failure_codes import Failure
from tests.activities.delivery.einvoices import CANCEL, CREATE, creations
from tests.fixtures.invoices import NOW, approved, newest
from tests.fixtures.issued_invoices import Issued, content, issue, run, settled
from tests.fixtures.sandboxes import Sandbox

PDF = {"document": "pdf"}
SIGNATURE, ANSWER = EffectName.EINVOICE_SIGNATURE, EffectName.EINVOICE_ANSWER


async def drafted_pdf(einvoice: EInvoice, store: DocumentStore) -> tuple[Issued, str]:
    issued = await issue(store)
    receipt = await run(einvoice.create, issued.request(CREATE, document="pdf"))
    assert receipt.vendor_id
    return issued, receipt.vendor_id


@pytest.mark.parametrize(
    ("client", "subtype", "name"), [(ClientType.LOCAL, 5, "Акт"), (ClientType.INTERNATIONAL, 4, "Invoice")]
)
async def test_the_document(
    client: ClientType,
    subtype: int,
    name: str,
    einvoice: EInvoice,
    didox_sandbox: Sandbox,
    store: DocumentStore,
) -> None:
    issued = await issue(store, content(client_type=client))
    request = issued.request(CREATE, document="pdf")
    receipt = await run(einvoice.create, request)
    [effect] = didox_sandbox.effects()
    record = effect["record"]
    assert (receipt.vendor_id, record["doctype"], record["status"]) == (effect["id"], "000", 0)
    assert record["json"]["document"] == {
        "documentno": issued.number,
        "documentdate": "2026-03-01",
        "documentname": f"{name} {issued.number}",
    }
    assert record["json"]["subtype"] == subtype
    assert record["json"]["contractdoc"] == {"contractno": "D-12", "contractdate": "2026-01-15"}
    assert (record["json"]["sellertin"], record["json"]["buyertin"]) == ("309630523", "123456789")
    [sent] = [each["json"] for each in didox_sandbox.requests() if each["path"].endswith("/000/create/ru")]
    kind, _, encoded = sent["document"].partition(",")
    assert (kind, base64.b64decode(encoded)) == ("data:application/pdf;base64", issued.pdf)
    assert await run(einvoice.create, request) == receipt
    assert creations(didox_sandbox) == 1


@pytest.mark.parametrize("kind", ["commit_then_reset", "empty_200", "malformed_body"])
async def test_a_document_without_an_answer_is_found(
    kind: str, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
) -> None:
    request = (await issue(store)).request(CREATE, document="pdf")
    didox_sandbox.fault(kind, path="/create/")
    with pytest.raises(Ambiguous):
        await run(einvoice.create, request)
    receipt = await run(einvoice.create, request)
    [effect] = didox_sandbox.effects()
    assert (receipt.vendor_id, creations(didox_sandbox)) == (effect["id"], 1)


async def test_a_request_that_did_not_arrive_is_repeated(
    einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
) -> None:
    request = (await issue(store)).request(CREATE, document="pdf")
    didox_sandbox.fault("reset_before", path="/create/")
    with pytest.raises(Ambiguous):
        await run(einvoice.create, request)
    assert (await settled(einvoice.create, request)).vendor_id
    assert len(didox_sandbox.effects()) == 1


async def test_a_document_of_an_earlier_approval_blocks(
    einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
) -> None:
    issued, _ = await drafted_pdf(einvoice, store)
    again = await issue(store, again=issued)
    with pytest.raises(ApplicationError, match="earlier approval") as refusal:
        await run(einvoice.create, again.request(CREATE, revision=9, document="pdf"))
    assert refusal.value.non_retryable


async def test_an_act_of_the_same_number_is_another_document(
    einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
) -> None:
    issued = await issue(store)
    await run(einvoice.create, issued.request(CREATE, revision=4))
    receipt = await run(einvoice.create, issued.request(CREATE, document="pdf"))
    assert [effect["record"]["doctype"] for effect in didox_sandbox.effects()] == ["005", "000"]
    assert receipt.vendor_id == didox_sandbox.effects()[1]["id"]


async def test_the_draft_is_deleted_also_when_the_answer_to_its_creation_was_lost(
    einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
) -> None:
    issued, document_id = await drafted_pdf(einvoice, store)
    receipt = await run(einvoice.cancel, issued.undoing(CANCEL, CREATE))
    assert (receipt.vendor_id, didox_sandbox.effects()) == (document_id, [])
    lost = await issue(store)
    didox_sandbox.fault("commit_then_reset", path="/create/")
    with pytest.raises(Ambiguous):
        await run(einvoice.create, lost.request(CREATE, document="pdf"))
    await settled(einvoice.cancel, lost.undoing(CANCEL, CREATE))
    assert didox_sandbox.effects() == []


async def test_it_is_signed_and_accepted_like_an_act(
    einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
) -> None:
    issued, document_id = await drafted_pdf(einvoice, store)
    didox_sandbox.admin(f"{document_id}/sign")
    signed = await run(einvoice.await_signature, issued.request(SIGNATURE, document_id=document_id))
    assert signed.details == {"outcome": "sent", "status": "1"}
    didox_sandbox.admin(f"{document_id}/partner-sign")
    answer = await run(einvoice.await_answer, issued.request(ANSWER, document_id=document_id))
    assert answer.details["answer"] == "accepted"


async def test_a_document_that_is_too_large_is_refused(
    einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
) -> None:
    issued = await issue(store)
    large = issued.document.model_copy(update={"size": 10_000_001})
    request = issued.request(CREATE, document="pdf").model_copy(update={"document": large})
    with pytest.raises(ApplicationError, match="10000000 at the most") as refusal:
        await run(einvoice.create, request)
    assert (refusal.value.type, creations(didox_sandbox)) == (Failure.VENDOR_REFUSED, 0)


async def test_a_contract_without_an_agreement_is_refused(einvoice: EInvoice, store: DocumentStore) -> None:
    issued = await issue(store, content(agreement_number=None))
    with pytest.raises(ApplicationError, match="no agreement number"):
        await run(einvoice.create, issued.request(CREATE, document="pdf"))


def test_a_delivery_names_the_document() -> None:
    delivered = apply(approved(), Deliver(by="boss", channel=Channel.DIDOX_PDF), NOW)
    assert newest(delivered, CREATE).argument == PDF
    assert delivered.journal[-1].details == {"channel": "didox_pdf"}
    act = apply(approved(), Deliver(by="boss", channel=Channel.DIDOX), NOW)
    assert newest(act, CREATE).argument == {}


def test_a_client_without_a_tax_number_gets_none() -> None:
    invoice = approved()
    customer = invoice.content.customer.model_copy(update={"tin": ""})
    without = invoice.model_copy(update={"content": invoice.content.model_copy(update={"customer": customer})})
    with pytest.raises(InvalidChange, match="channel: the client has no tax number"):
        apply(without, Deliver(by="boss", channel=Channel.DIDOX_PDF), NOW)
