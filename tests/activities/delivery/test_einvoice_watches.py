"""The effects that wait in Didox for our signature and for the answer of the client."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.clients.didox.client import Didox
from activities.clients.errors import Transient
from activities.delivery.act_sweeps import Sweeps
from activities.delivery.einvoice import EInvoice
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from models.invoice.acts.looks import Look
from models.invoice.effects import EffectName, EffectState
from tests.activities.delivery.einvoices import drafted
from tests.fixtures.issued_invoices import issue, run
from tests.fixtures.sandboxes import PASSWORD, SELLER_TIN, Sandbox

SIGNATURE, ANSWER = EffectName.EINVOICE_SIGNATURE, EffectName.EINVOICE_ANSWER
CHECK = EffectName.EINVOICE_CHECK


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

    @pytest.mark.parametrize(("age", "delay"), [(0, 2), (2, 4), (18, 36), (54, 108), (119, 238)])
    async def test_the_first_looks_become_rarer(
        self, age: int, delay: int, einvoice: EInvoice, store: DocumentStore
    ) -> None:
        issued, document_id = await drafted(einvoice, store)
        request = issued.request(SIGNATURE, document_id=document_id)
        with pytest.raises(ApplicationError) as waiting:
            await run(einvoice.await_signature, request, since=datetime.now(UTC) - timedelta(seconds=age))
        assert waiting.value.next_retry_delay is not None
        assert timedelta(seconds=delay) <= waiting.value.next_retry_delay < timedelta(seconds=delay + 10)

    @pytest.mark.parametrize("name", [SIGNATURE, ANSWER])
    async def test_after_the_first_looks_the_wait_is_pending(
        self, name: EffectName, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        """Also for the activity of an earlier release, which Temporal retries since days."""
        issued, document_id = await drafted(einvoice, store)
        if name is ANSWER:
            didox_sandbox.admin(f"{document_id}/sign")
        method = einvoice.await_answer if name is ANSWER else einvoice.await_signature
        request = issued.request(name, document_id=document_id)
        receipt = await run(method, request, since=datetime.now(UTC) - timedelta(minutes=2))
        assert (receipt.state, receipt.details) == (EffectState.PENDING, {"status": "1" if name is ANSWER else "0"})

    @pytest.mark.parametrize("look", Look)
    async def test_a_later_look_is_one_request(
        self, look: Look, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        issued, document_id = await drafted(einvoice, store)
        before = len(didox_sandbox.requests())
        request = issued.request(SIGNATURE, document_id=document_id).model_copy(update={"look": look})
        assert (await run(einvoice.await_signature, request)).state is EffectState.PENDING
        assert len(didox_sandbox.requests()) == before + 1

    @pytest.mark.parametrize(
        ("look", "last_sweep", "requests"),
        [
            (Look.DAILY, timedelta(hours=2), 0),
            (Look.DAILY, timedelta(hours=4), 1),
            (Look.DAILY, None, 1),
            (Look.WEEKLY, timedelta(hours=2), 1),
            (Look.REPORTED, timedelta(hours=2), 1),
        ],
    )
    async def test_the_daily_look_is_left_out_while_the_sweep_works(
        self,
        look: Look,
        last_sweep: timedelta | None,
        requests: int,
        operator: Didox,
        didox_sandbox: Sandbox,
        store: DocumentStore,
        ledger: Ledger,
        sweeps: Sweeps,
    ) -> None:
        watching = EInvoice(operator, store, ledger, sweeps=sweeps)
        issued, document_id = await drafted(watching, store)
        if last_sweep is not None:
            await sweeps.mark(SELLER_TIN, datetime.now(UTC) - last_sweep)
        before = len(didox_sandbox.requests())
        request = issued.request(SIGNATURE, document_id=document_id).model_copy(update={"look": look})
        assert (await run(watching.await_signature, request)).state is EffectState.PENDING
        assert len(didox_sandbox.requests()) == before + requests

    async def test_a_deleted_draft(self, einvoice: EInvoice, operator: Didox, store: DocumentStore) -> None:
        issued, document_id = await drafted(einvoice, store)
        await operator.delete_draft(document_id)
        receipt = await run(einvoice.await_signature, issued.request(SIGNATURE, document_id=document_id))
        assert (receipt.state, receipt.details["status"]) == (EffectState.FAILED, "55")
        assert "was deleted as a draft" in (receipt.note or "")

    async def test_accepted(self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore) -> None:
        issued, document_id = await drafted(einvoice, store)
        request = issued.request(ANSWER, document_id=document_id)
        didox_sandbox.admin(f"{document_id}/sign")
        with pytest.raises(ApplicationError, match="waits for the client's signature") as waiting:
            await run(einvoice.await_answer, request, since=datetime.now(UTC))
        assert not waiting.value.non_retryable
        didox_sandbox.admin(f"{document_id}/partner-sign")
        assert (await run(einvoice.await_answer, request)).details == {"answer": "accepted", "status": "3"}

    async def test_rejected(self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore) -> None:
        issued, document_id = await drafted(einvoice, store)
        didox_sandbox.admin(f"{document_id}/sign")
        didox_sandbox.admin(f"{document_id}/partner-reject", {"comment": "Неверная сумма"})
        receipt = await run(einvoice.await_answer, issued.request(ANSWER, document_id=document_id))
        assert receipt.details == {"answer": "rejected", "status": "4", "comment": "Неверная сумма"}

    @pytest.mark.parametrize(
        ("status", "words"), [(5, "cancelled"), (40, "invalid"), (50, "annulled by the tax office"), (5555, "sender")]
    )
    @pytest.mark.parametrize("answered", [False, True])
    async def test_an_act_that_was_ended_has_failed_with_the_comment(
        self,
        status: int,
        words: str,
        answered: bool,
        einvoice: EInvoice,
        didox_sandbox: Sandbox,
        store: DocumentStore,
    ) -> None:
        issued, document_id = await drafted(einvoice, store)
        didox_sandbox.admin(f"{document_id}/sign")
        if answered:
            didox_sandbox.admin(f"{document_id}/partner-sign")
        didox_sandbox.admin(f"{document_id}/annul", {"status": status, "comment": "Чужой\nИНН"})
        name, method = (CHECK, einvoice.check) if answered else (ANSWER, einvoice.await_answer)
        receipt = await run(method, issued.request(name, document_id=document_id))
        assert receipt.state is EffectState.FAILED
        assert receipt.details == {"status": str(status), "comment": "Чужой ИНН"}
        assert f"{words} in Didox (status {status}: Чужой ИНН)" in (receipt.note or "")

    async def test_an_unknown_status_waits(self, store: DocumentStore, ledger: Ledger) -> None:
        issued = await issue(store)
        einvoice = EInvoice(answering(60, issued.number), store, ledger)
        request = issued.request(ANSWER, document_id="0" * 32)
        with pytest.raises(ApplicationError, match="unknown status 60") as outcome:
            await run(einvoice.await_answer, request, since=datetime.now(UTC))
        assert not outcome.value.non_retryable

    async def test_an_outage_is_retried(self, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore) -> None:
        issued, document_id = await drafted(einvoice, store)
        didox_sandbox.fault("html_502", method="GET")
        with pytest.raises(Transient):
            await run(einvoice.await_answer, issued.request(ANSWER, document_id=document_id))
