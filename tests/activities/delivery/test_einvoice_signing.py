"""The effect that sends an act with a person's signature: faults, refusals, and what counts as sent."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.clients.didox import client as didox
from activities.clients.didox.client import Didox
from activities.clients.didox.signing import ActSigning
from activities.clients.errors import Ambiguous, Transient
from activities.delivery.einvoice_signing import EInvoiceSigning
from activities.delivery.signatures import Signatures
from activities.ledger.ledger import Ledger
from models.invoice.effects import EffectState
from models.invoice.signing.task import SigningAction
from models.values.failure_codes import Failure
from tests.activities.delivery.signed_acts import Act
from tests.fixtures.issued_invoices import SETTLE, run, settled
from tests.fixtures.sandboxes import PARTNER_TOKEN, PASSWORD, SELLER_TIN, Sandbox
from tests.fixtures.signers import EXPIRED, FOREIGN, GOOD

SIGN, TIMESTAMP = "/sign", "/dsvs/timestamp"


class TestFetch:
    async def test_the_bytes_are_the_content_as_didox_gave_it(self, act: Act) -> None:
        found, content = await act.fetch()
        given = act.record()["json"]
        assert json.loads(content) == given
        assert list(json.loads(content)) == list(given)  # type: ignore[call-overload]
        assert b" " not in content.split(b'"')[0] + content.split(b'"')[2]
        assert b"Acme Corp" in content
        assert (found.sha256, found.size) == (hashlib.sha256(content).hexdigest(), len(content))
        assert found.seller_tin == SELLER_TIN

    async def test_a_repetition_gives_the_same_bytes(self, act: Act) -> None:
        assert await act.fetch() == await act.fetch()

    @pytest.mark.parametrize("action", SigningAction)
    async def test_a_document_that_is_not_to_be_signed(self, act: Act, action: SigningAction) -> None:
        if action is SigningAction.SEND:
            act.sandbox.admin(f"{act.document_id}/sign")
        with pytest.raises(ApplicationError, match="Act ACT-") as refusal:
            await act.fetch(action)
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.NOTHING_TO_SIGN, True)

    @pytest.mark.parametrize(
        ("fault", "more"),
        [
            ("status", {"status": 503}),
            ("reset_before", {}),
            ("html_502", {}),
            ("empty_200", {}),
            ("malformed_body", {}),
        ],
    )
    async def test_a_fault_is_retried(self, act: Act, fault: str, more: dict[str, Any]) -> None:
        act.sandbox.fault(fault, method="GET", path=act.document_id, **more)
        with pytest.raises(Transient):
            await act.fetch()
        found, content = await act.fetch()
        assert found.sha256 == hashlib.sha256(content).hexdigest()

    async def test_switched_off(self, act: Act, engine: AsyncEngine, ledger: Ledger) -> None:
        act.signing = EInvoiceSigning(None, Signatures(engine), ledger)
        with pytest.raises(ApplicationError) as refusal:
            await act.fetch()
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.SWITCHED_OFF, True)


class TestSend:
    async def test_the_receipt_names_the_signer_and_the_certificate(self, act: Act) -> None:
        request = act.sending(await act.signed())
        receipt = await run(act.signing.send, request)
        assert (receipt.state, receipt.vendor_id) == (EffectState.DONE, act.document_id)
        assert receipt.details == {
            "outcome": "sent",
            "status": "1",
            "signed_by": "lena",
            "certificate_serial": f"{GOOD.certificate.serial_number:x}",
            "certificate_tin": SELLER_TIN,
            "certificate_holder": "KARIMOVA AMINA",
        }
        assert await run(act.signing.send, request) == receipt
        assert (act.status, act.signs, act.requests(SIGN)) == (1, 1, 1)

    async def test_a_warning_of_the_tax_side_is_kept(self, act: Act) -> None:
        request = act.sending(await act.signed())
        act.sandbox.admin("behaviour", {"warning": "Договор не найден"})
        assert (await run(act.signing.send, request)).details["warning"] == "Договор не найден"

    @pytest.mark.parametrize(
        ("fault", "more", "error"),
        [
            ("status", {"status": 503}, Ambiguous),
            ("status", {"status": 429}, ApplicationError),
            ("reset_before", {}, Ambiguous),
            ("html_502", {}, Ambiguous),
            ("commit_then_reset", {}, Ambiguous),
            ("empty_200", {}, Ambiguous),
            ("malformed_body", {}, Ambiguous),
        ],
    )
    async def test_a_fault_of_the_sending(
        self, act: Act, fault: str, more: dict[str, Any], error: type[Exception]
    ) -> None:
        request = act.sending(await act.signed())
        act.sandbox.fault(fault, method="POST", path=SIGN, **more)
        with pytest.raises(error):
            await run(act.signing.send, request)
        receipt = await settled(act.signing.send, request)
        assert (receipt.state, receipt.details["status"]) == (EffectState.DONE, "1")
        assert (receipt.details["signed_by"], act.signs) == ("lena", 1)
        executed = fault in ("commit_then_reset", "empty_200", "malformed_body")
        assert act.requests(SIGN) == (1 if executed else 2)

    async def test_an_answer_after_the_timeout(
        self, act: Act, didox_sandbox: Sandbox, engine: AsyncEngine, ledger: Ledger
    ) -> None:
        request = act.sending(await act.signed())
        didox_sandbox.fault("delay", method="POST", path=SIGN, seconds=2)
        async with didox.connect(didox_sandbox.url, PARTNER_TOKEN, 0.5) as http:
            hasty = ActSigning(Didox(http, SELLER_TIN, PASSWORD))
            with pytest.raises(Ambiguous):
                await run(EInvoiceSigning(hasty, Signatures(engine), ledger, settle=SETTLE).send, request)
        receipt = await settled(act.signing.send, request)
        assert (receipt.details["status"], act.signs, act.requests(SIGN)) == ("1", 1, 1)

    async def test_a_signature_that_is_executed_late_is_not_sent_again(
        self, act: Act, operator: Didox, engine: AsyncEngine, ledger: Ledger
    ) -> None:
        request = act.sending(await act.signed())
        act.sandbox.fault("late_commit", method="POST", path=SIGN, seconds=1)
        patient = EInvoiceSigning(ActSigning(operator), Signatures(engine), ledger, settle=timedelta(minutes=1))
        with pytest.raises(Ambiguous):
            await run(patient.send, request)
        receipt = await settled(patient.send, request)
        assert (receipt.details["status"], act.signs, act.requests(SIGN)) == ("1", 1, 1)

    async def test_a_repeated_request_that_meets_the_late_one_sends_nothing_twice(self, act: Act) -> None:
        """The settle time is shorter than the delay, so both requests reach Didox, which executes one."""
        request = act.sending(await act.signed())
        act.sandbox.fault("late_commit", method="POST", path=SIGN, seconds=SETTLE.total_seconds() * 3)
        with pytest.raises(Ambiguous):
            await run(act.signing.send, request)
        receipt = await settled(act.signing.send, request)
        assert (receipt.state, receipt.details["status"], act.signs) == (EffectState.DONE, "1", 1)

    @pytest.mark.parametrize(
        ("fault", "more"),
        [
            ("status", {"status": 503}),
            ("reset_before", {}),
            ("html_502", {}),
            ("empty_200", {}),
            ("malformed_body", {}),
        ],
    )
    async def test_a_fault_of_the_timestamp_sends_nothing(self, act: Act, fault: str, more: dict[str, Any]) -> None:
        request = act.sending(await act.signed())
        act.sandbox.fault(fault, path=TIMESTAMP, **more)
        with pytest.raises(Transient):
            await run(act.signing.send, request)
        assert (act.status, act.requests(SIGN)) == (0, 0)
        assert (await settled(act.signing.send, request)).details["status"] == "1"
        assert act.signs == 1

    @pytest.mark.parametrize("fault", ["reset_before", "html_502", "malformed_body"])
    async def test_a_fault_of_the_reading_back_is_no_second_sending(self, act: Act, fault: str) -> None:
        request = act.sending(await act.signed())
        act.sandbox.fault("delay", method="GET", path=act.document_id, seconds=0)  # the probe
        act.sandbox.fault(fault, method="GET", path=act.document_id)
        with pytest.raises(Transient):
            await run(act.signing.send, request)
        assert (await settled(act.signing.send, request)).details["status"] == "1"
        assert (act.signs, act.requests(SIGN)) == (1, 1)

    async def test_an_act_that_was_signed_in_didox_itself(self, act: Act) -> None:
        request = act.sending(await act.signed())
        act.sandbox.admin(f"{act.document_id}/sign")
        receipt = await run(act.signing.send, request)
        assert receipt.details == {"outcome": "sent", "status": "1", "signed_by": "in Didox"}
        assert act.requests(SIGN) == 0


class TestRefused:
    @pytest.mark.parametrize(
        ("behaviour", "says"),
        [
            ({"offer_signed": False}, "public offer is not signed"),
            ({"account_enabled": False}, "account in Didox is switched off"),
            ({"may_sign": False}, "no right to sign"),
            ({"refuses_content": "ИКПУ не в избранном"}, "ИКПУ не в избранном"),
        ],
    )
    async def test_a_refusal_says_what_to_do_and_is_repeated_after_that(
        self, act: Act, behaviour: dict[str, Any], says: str
    ) -> None:
        request = act.sending(await act.signed())
        act.sandbox.admin("behaviour", behaviour)
        with pytest.raises(ApplicationError, match=says) as refusal:
            await run(act.signing.send, request)
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
        assert (act.status, act.signs) == (0, 0)
        act.sandbox.admin("behaviour", {})
        assert (await run(act.signing.send, request)).state is EffectState.DONE
        assert act.signs == 1

    async def test_a_refusal_for_another_reason_has_the_vendors_words_and_no_cause_of_its_own(self, act: Act) -> None:
        """Temporal cannot store an error that is its own cause."""
        request = act.sending(await act.signed())
        act.sandbox.fault("status", method="POST", path=SIGN, status=422)
        with pytest.raises(ApplicationError, match="a fault that was queued") as refusal:
            await run(act.signing.send, request)
        assert refusal.value.non_retryable
        cause: BaseException | None = refusal.value
        seen: list[BaseException] = []
        while cause is not None:
            assert cause not in seen
            seen.append(cause)
            cause = cause.__cause__

    @pytest.mark.parametrize("behaviour", [{"tax_side_down": True}, {"save_fails": True}])
    async def test_a_fault_of_didox_is_retried(self, act: Act, behaviour: dict[str, Any]) -> None:
        request = act.sending(await act.signed())
        act.sandbox.admin("behaviour", behaviour)
        with pytest.raises(Ambiguous):
            await run(act.signing.send, request)
        act.sandbox.admin("behaviour", {})
        assert (await settled(act.signing.send, request)).state is EffectState.DONE
        assert act.signs == 1

    async def test_a_certificate_of_another_company_is_not_sent(self, act: Act) -> None:
        request = act.sending(await act.signed(FOREIGN))
        with pytest.raises(ApplicationError, match="another company") as refusal:
            await run(act.signing.send, request)
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
        assert (act.requests(TIMESTAMP), act.requests(SIGN)) == (0, 0)

    async def test_an_expired_certificate_is_refused_by_didox(self, act: Act) -> None:
        with pytest.raises(ApplicationError, match="срок действия"):
            await run(act.signing.send, act.sending(await act.signed(EXPIRED)))
        assert act.signs == 0

    async def test_a_signature_of_another_document_is_not_sent(self, act: Act) -> None:
        request = act.sending(await act.signed(document_id="f" * 32))
        with pytest.raises(ApplicationError, match="another document") as refusal:
            await run(act.signing.send, request)
        assert refusal.value.non_retryable
        assert act.requests(SIGN) == 0

    async def test_a_draft_that_was_changed_after_it_was_signed(self, act: Act) -> None:
        request = act.sending(await act.signed(content=b'{"actdoc":{}}'))
        with pytest.raises(ApplicationError, match="changed in Didox") as refusal:
            await run(act.signing.send, request)
        assert refusal.value.non_retryable
        assert (act.requests(TIMESTAMP), act.requests(SIGN)) == (0, 0)

    async def test_a_deleted_draft(self, act: Act, operator: Didox) -> None:
        request = act.sending(await act.signed())
        await operator.delete_draft(act.document_id)
        with pytest.raises(ApplicationError, match="not in force") as refusal:
            await run(act.signing.send, request)
        assert refusal.value.non_retryable

    async def test_a_signature_that_is_not_stored(self, act: Act) -> None:
        with pytest.raises(ApplicationError, match="Sign the act again") as refusal:
            await run(act.signing.send, act.sending("0" * 64))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.DOCUMENT_MISSING, True)
