"""Signatures over HTTP: the queue, the bytes to sign, and the signature with its checks."""

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from local.sandboxes.signer.keys import YEAR, Key
from models.access.roles import Role
from models.invoice.commands import Void
from models.invoice.effects import EffectName, EffectState
from models.invoice.event_handlers import apply_event
from models.invoice.events import EffectFailed
from models.invoice.invoice import Invoice
from models.invoice.signing.tables import StoredSignature
from models.values.failure_codes import Failure
from tests.fixtures.invoices import approved, completed, execute, newest
from tests.http.callers import NOW, Caller, Rules, data_of, draft_of, error_of
from tests.http.signing import CONTENT, TIN, Didox, waiting_act
from workflows.client import signatures
from workflows.client.errors import RequestFailed

E = EffectName
GOOD = Key.made("DS_GOOD", "KARIMOVA AMINA", "PROXIMAOPS", TIN, NOW - timedelta(days=30))
EXPIRED = Key.made("DS_OLD", "KARIMOVA AMINA", "PROXIMAOPS", TIN, NOW - 2 * YEAR)
FOREIGN = Key.made("DS_OTHER", "SOLIEV RUSTAM", "OTHER LLC", "301234567", NOW - timedelta(days=30))


@pytest.fixture
def didox(rules: Rules, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> Didox:
    stand_in = Didox(engine)
    monkeypatch.setattr(signatures, "fetch_to_sign", stand_in.fetch)
    return stand_in


@pytest.fixture
async def waiting(rules: Rules, key: str) -> Invoice:
    """An invoice whose act waits in Didox for our signature."""
    return await rules.put(waiting_act(key))


@pytest.fixture
async def to_cancel(rules: Rules, waiting: Invoice) -> Invoice:
    """The same invoice after it was sent and voided: Didox wants a signature for the cancellation."""
    voided = execute(completed(waiting, E.EINVOICE_SIGNATURE), Void(by="marat", reason="wrong client"))
    failed = EffectFailed(
        key=newest(voided, E.EINVOICE_CANCEL).key, code=Failure.NEEDS_SIGNATURE, message="sign the cancellation"
    )
    return await rules.put(apply_event(voided, failed, NOW))


def body(key: Key, content: bytes = CONTENT, **changes: Any) -> dict[str, Any]:
    pkcs7, signature_hex = key.sign(content)
    return {"sha256": hashlib.sha256(CONTENT).hexdigest(), "pkcs7": pkcs7, "signature_hex": signature_hex} | changes


async def queued(caller: Caller, invoice_id: str) -> dict[str, Any] | None:
    """Return the invoice's entry in the queue; None if it has none."""
    page = 1
    while rows := (await caller.get(f"/signing-queue?per_page=100&page={page}")).json()["data"]:
        found: list[dict[str, Any]] = [row for row in rows if row["invoice_id"] == invoice_id]
        if found:
            return found[0]
        page += 1
    return None


class TestQueue:
    async def test_an_act_that_waits(self, editor: Caller, waiting: Invoice, key: str) -> None:
        assert await queued(editor, waiting.id) == {
            "invoice_id": waiting.id,
            "display_number": "ACT-7",
            "customer_name": "Acme Corp",
            "total_amount": "15825000.00",
            "currency": "UZS",
            "action": "send",
            "document_id": f"act-{key}",
            "seller_tin": "",
        }

    async def test_a_cancellation_that_waits(self, editor: Caller, to_cancel: Invoice) -> None:
        found = await queued(editor, to_cancel.id)
        assert found is not None
        assert found["action"] == "cancel"

    async def test_an_invoice_leaves_the_queue_with_its_signature(
        self, editor: Caller, didox: Didox, waiting: Invoice
    ) -> None:
        await editor.get(f"/invoices/{waiting.id}/document-to-sign")
        data_of(await editor.post(f"/invoices/{waiting.id}/signatures", body(GOOD)))
        assert await queued(editor, waiting.id) is None

    async def test_pages(self, editor: Caller, waiting: Invoice) -> None:
        answer = (await editor.get("/signing-queue?per_page=1")).json()
        assert (len(answer["data"]), answer["meta"]["page"], answer["meta"]["per_page"]) == (1, 1, 1)
        assert answer["meta"]["total"] >= 1
        error_of(await editor.get("/signing-queue?per_page=101"), 400, "VALIDATION_ERROR")


class TestDocument:
    async def test_the_bytes_are_those_of_didox(self, editor: Caller, didox: Didox, waiting: Invoice, key: str) -> None:
        data = data_of(await editor.get(f"/invoices/{waiting.id}/document-to-sign"))
        assert base64.b64decode(data["content"]) == CONTENT
        assert data["sha256"] == hashlib.sha256(CONTENT).hexdigest()
        assert (data["action"], data["document_id"], data["seller_tin"]) == ("send", f"act-{key}", TIN)
        assert (data["display_number"], data["invoice_id"]) == ("ACT-7", waiting.id)
        [asked] = didox.asked
        assert (asked.invoice_id, asked.display_number) == (waiting.id, "ACT-7")

    async def test_nothing_to_sign_names_the_allowed_commands(
        self, editor: Caller, didox: Didox, rules: Rules, key: str
    ) -> None:
        made = await rules.put(approved(draft_of(key)))
        details = error_of(await editor.get(f"/invoices/{made.id}/document-to-sign"), 409, "CONFLICT")["details"]
        assert details["reason"] == "NothingToSign"
        assert "regenerate" in details["allowed"]
        assert "submit_signature" not in details["allowed"]
        assert didox.asked == []

    @pytest.mark.parametrize(
        ("code", "status", "error"),
        [
            (Failure.NOTHING_TO_SIGN, 409, "CONFLICT"),
            (Failure.SWITCHED_OFF, 409, "CONFLICT"),
            ("Transient", 503, "UNAVAILABLE"),
            ("RateLimited", 503, "UNAVAILABLE"),
            (Failure.NO_ANSWER, 503, "UNAVAILABLE"),
        ],
    )
    async def test_a_failure_of_didox(
        self, editor: Caller, didox: Didox, waiting: Invoice, code: str, status: int, error: str
    ) -> None:
        didox.failure = RequestFailed(code, "Didox could not be reached.")
        answer = error_of(await editor.get(f"/invoices/{waiting.id}/document-to-sign"), status, error)
        assert "Didox could not be reached." in answer["message"]

    async def test_an_unknown_invoice(self, editor: Caller, didox: Didox) -> None:
        error_of(await editor.get("/invoices/nothing/document-to-sign"), 404, "NOT_FOUND")


class TestSignature:
    @pytest.fixture(autouse=True)
    async def _given(self, editor: Caller, didox: Didox, waiting: Invoice) -> None:
        data_of(await editor.get(f"/invoices/{waiting.id}/document-to-sign"))

    async def test_it_is_stored_with_its_certificate_and_sent(
        self, editor: Caller, rules: Rules, waiting: Invoice, engine: AsyncEngine, key: str
    ) -> None:
        given = body(GOOD)
        data = data_of(await editor.post(f"/invoices/{waiting.id}/signatures", given))
        effect = next(each for each in data["effects"] if each["name"] == "einvoice_send")
        assert (effect["state"], effect["channel"]) == (EffectState.PENDING, "einvoice")
        table = StoredSignature.metadata.tables["signatures"]
        async with engine.connect() as connection:
            query = select(table).where(table.c.invoice_id == waiting.id)
            [row] = (await connection.execute(query)).mappings().all()
        assert (row["pkcs7"], row["signature_hex"]) == (given["pkcs7"], given["signature_hex"])
        assert (row["certificate_tin"], row["certificate_holder"]) == (TIN, "KARIMOVA AMINA")
        assert row["certificate_serial"] == f"{GOOD.certificate.serial_number:x}"
        assert row["valid_to"] == GOOD.certificate.not_valid_after_utc
        assert (row["document_id"], row["action"], row["by"]) == (f"act-{key}", "send", "lena")
        [(command, _)] = rules.sent
        assert command.model_dump()["signature"] == row["sha256"]

    async def test_a_repeated_request_is_executed_once(self, editor: Caller, rules: Rules, waiting: Invoice) -> None:
        given, headers = body(GOOD), {"Idempotency-Key": "k-1"}
        for _ in range(2):
            data = data_of(await editor.post(f"/invoices/{waiting.id}/signatures", given, headers=headers))
        assert [each["name"] for each in data["effects"]].count("einvoice_send") == 1

    async def test_a_second_signature_is_a_conflict(self, editor: Caller, waiting: Invoice) -> None:
        data_of(await editor.post(f"/invoices/{waiting.id}/signatures", body(GOOD)))
        error = error_of(await editor.post(f"/invoices/{waiting.id}/signatures", body(GOOD)), 409, "CONFLICT")
        assert "submit_signature" not in error["details"]["allowed"]

    @pytest.mark.parametrize(
        ("change", "path", "message"),
        [
            (lambda: body(FOREIGN), "pkcs7", "has the TIN 301234567; the seller of the act is 309630523"),
            (lambda: body(EXPIRED), "pkcs7", "expired on"),
            (lambda: body(GOOD, b'{"actdoc":{}}'), "pkcs7", "covers other bytes"),
            (lambda: body(GOOD, sha256="0" * 64), "sha256", "fetch the document to sign again"),
            (lambda: body(GOOD, sha256="short"), "sha256", ""),
            (lambda: body(GOOD, pkcs7="not base64!"), "pkcs7", ""),
            (lambda: body(GOOD, pkcs7="AAA"), "pkcs7", "is not base64"),
            (lambda: body(GOOD, pkcs7="AAAA"), "pkcs7", "is no PKCS#7 message"),
            (lambda: body(GOOD, pkcs7=""), "pkcs7", "must not be empty"),
            (lambda: body(GOOD, pkcs7="A" * 1_000_004), "pkcs7", "1000000 characters"),
            (lambda: body(GOOD, pkcs7=None), "pkcs7", "must be text"),
            (lambda: body(GOOD, signature_hex="xyz"), "signature_hex", ""),
            (lambda: body(GOOD, signature_hex="abc"), "signature_hex", ""),
            (lambda: body(GOOD, by="boss"), "by", "unknown field"),
        ],
    )
    async def test_a_bad_signature_is_refused_and_nothing_is_sent(
        self,
        editor: Caller,
        rules: Rules,
        waiting: Invoice,
        engine: AsyncEngine,
        change: Callable[[], dict[str, Any]],
        path: str,
        message: str,
    ) -> None:
        error = error_of(await editor.post(f"/invoices/{waiting.id}/signatures", change()), 400, "VALIDATION_ERROR")
        [detail] = error["details"]
        assert detail["path"] == path
        assert message in detail["message"]
        assert rules.sent == []
        table = StoredSignature.metadata.tables["signatures"]
        async with engine.connect() as connection:
            assert not (await connection.execute(select(table).where(table.c.invoice_id == waiting.id))).all()

    async def test_the_bytes_of_a_cancellation_do_not_send(
        self, editor: Caller, rules: Rules, to_cancel: Invoice
    ) -> None:
        """The bytes were given for sending the act; the invoice was voided meanwhile."""
        error = error_of(await editor.post(f"/invoices/{to_cancel.id}/signatures", body(GOOD)), 400, "VALIDATION_ERROR")
        assert error["details"][0]["path"] == "sha256"
        assert rules.sent == []


async def test_a_cancellation_is_signed_like_an_act(
    editor: Caller, rules: Rules, didox: Didox, to_cancel: Invoice
) -> None:
    data = data_of(await editor.get(f"/invoices/{to_cancel.id}/document-to-sign"))
    assert data["action"] == "cancel"
    answer = data_of(await editor.post(f"/invoices/{to_cancel.id}/signatures", body(GOOD)))
    effect = next(each for each in answer["effects"] if each["name"] == "einvoice_cancel")
    assert effect["state"] == "pending"


async def test_a_viewer_signs_nothing(caller: Callable[[Role], Caller], didox: Didox, waiting: Invoice) -> None:
    viewer = caller(Role.VIEWER)
    error_of(await viewer.get("/signing-queue"), 403, "FORBIDDEN")
    error_of(await viewer.get(f"/invoices/{waiting.id}/document-to-sign"), 403, "FORBIDDEN")
    error_of(await viewer.post(f"/invoices/{waiting.id}/signatures", body(GOOD)), 403, "FORBIDDEN")
    assert didox.asked == []


async def test_a_finaliser_may_sign(editor: Caller, didox: Didox, waiting: Invoice) -> None:
    """Four eyes apply to the approval; `lena` has drafted the invoice."""
    assert waiting.request.by == "lena"
    await editor.get(f"/invoices/{waiting.id}/document-to-sign")
    data_of(await editor.post(f"/invoices/{waiting.id}/signatures", body(GOOD)))
