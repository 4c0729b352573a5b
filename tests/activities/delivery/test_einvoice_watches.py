"""The effects that wait in Didox for our signature and for the answer of the client."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.clients.didox.client import Didox
from activities.clients.errors import Transient
from activities.delivery.einvoice import EInvoice
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from models.invoice.effects import EffectName, EffectState
from models.values.failure_codes import Failure
from tests.activities.delivery.einvoices import drafted
from tests.fixtures.issued_invoices import issue, run
from tests.fixtures.sandboxes import PASSWORD, SELLER_TIN, Sandbox

SIGNATURE, ANSWER = EffectName.EINVOICE_SIGNATURE, EffectName.EINVOICE_ANSWER


def answering(status: int, number: str) -> Didox:
    def reply(request: httpx.Request) -> httpx.Response:
        if "/auth/" in request.url.path:
            return httpx.Response(200, json={"token": "key"})
        document = {"doc_id": "0" * 32, "name": number, "status": status, "status_comment": None, "updated": None}
        return httpx.Response(200, json={"data": {"document": document}})

    http = httpx.AsyncClient(base_url="http://didox", transport=httpx.MockTransport(reply))
    return Didox(http, SELLER_TIN, PASSWORD)


class TestWatches:
    async def test_the_signature(self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore) -> None:
        issued, document_id = await drafted(einvoice, store)
        request = issued.request(SIGNATURE, document_id=document_id)
        with pytest.raises(ApplicationError, match="waits for our signature in Didox since 2") as waiting:
            await run(einvoice.await_signature, request, since=datetime.now(UTC))
        assert waiting.value.category is ApplicationErrorCategory.BENIGN
        assert not waiting.value.non_retryable
        didox_sandbox.admin(f"{document_id}/sign")
        receipt = await run(einvoice.await_signature, request)
        assert (receipt.state, receipt.details["outcome"]) == (EffectState.DONE, "sent")

    @pytest.mark.parametrize(
        ("age", "delay"),
        [
            (timedelta(seconds=30), timedelta(seconds=2)),
            (timedelta(minutes=10), timedelta(minutes=1)),
            (timedelta(days=3), timedelta(hours=1)),
        ],
    )
    async def test_the_polling_interval_grows(
        self, age: timedelta, delay: timedelta, einvoice: EInvoice, store: DocumentStore
    ) -> None:
        issued, document_id = await drafted(einvoice, store)
        request = issued.request(SIGNATURE, document_id=document_id)
        with pytest.raises(ApplicationError) as waiting:
            await run(einvoice.await_signature, request, since=datetime.now(UTC) - age)
        assert waiting.value.next_retry_delay is not None
        assert delay <= waiting.value.next_retry_delay < delay + timedelta(seconds=10)

    async def test_a_deleted_draft(self, einvoice: EInvoice, operator: Didox, store: DocumentStore) -> None:
        issued, document_id = await drafted(einvoice, store)
        await operator.delete_draft(document_id)
        with pytest.raises(ApplicationError, match="was deleted as a draft") as refusal:
            await run(einvoice.await_signature, issued.request(SIGNATURE, document_id=document_id))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)

    async def test_accepted(self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore) -> None:
        issued, document_id = await drafted(einvoice, store)
        request = issued.request(ANSWER, document_id=document_id)
        didox_sandbox.admin(f"{document_id}/sign")
        with pytest.raises(ApplicationError, match="waits for the client's signature") as waiting:
            await run(einvoice.await_answer, request, since=datetime.now(UTC))
        assert not waiting.value.non_retryable
        didox_sandbox.admin(f"{document_id}/partner-sign")
        assert (await run(einvoice.await_answer, request)).details == {"answer": "accepted"}

    async def test_rejected(self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore) -> None:
        issued, document_id = await drafted(einvoice, store)
        didox_sandbox.admin(f"{document_id}/sign")
        didox_sandbox.admin(f"{document_id}/partner-reject", {"comment": "Неверная сумма"})
        receipt = await run(einvoice.await_answer, issued.request(ANSWER, document_id=document_id))
        assert receipt.details == {"answer": "rejected", "comment": "Неверная сумма"}

    @pytest.mark.parametrize(("status", "words", "final"), [(60, "unknown status 60", False), (50, "annulled", True)])
    async def test_statuses_that_the_sandbox_does_not_have(
        self, status: int, words: str, final: bool, store: DocumentStore, ledger: Ledger
    ) -> None:
        issued = await issue(store)
        einvoice = EInvoice(answering(status, issued.number), store, ledger)
        with pytest.raises(ApplicationError, match=words) as outcome:
            await run(einvoice.await_answer, issued.request(ANSWER, document_id="0" * 32), since=datetime.now(UTC))
        assert outcome.value.non_retryable is final

    async def test_an_outage_is_retried(self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore) -> None:
        issued, document_id = await drafted(einvoice, store)
        didox_sandbox.fault("html_502", method="GET")
        with pytest.raises(Transient):
            await run(einvoice.await_answer, issued.request(ANSWER, document_id=document_id))
