"""The effects of the matrices: how each is prepared, its mark in the request, and its records at the vendor."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.clients.didox.signing import signed_bytes
from activities.delivery.letters import Letters
from activities.documents.store import DocumentStore
from activities.invoice.projection import InvoiceProjection
from local.sandboxes import company
from models.invoice.commands import Finalize
from models.invoice.content.content import Content
from models.invoice.deadlines.timers import fire_due_timers
from models.invoice.effects import EffectName, Receipt
from models.invoice.ports import EffectRequest
from models.invoice.signing.tables import StoredSignature
from models.invoice.signing.task import SigningAction
from tests.fixtures.deadlines import draft_with_deadlines
from tests.fixtures.invoices import NOW, execute, newest, numbered
from tests.fixtures.issued_invoices import Issued, abroad, content, issue
from tests.fixtures.signers import GOOD, signature_row
from tests.matrices.vendors import Vendors

PAYMENT = {"payment_id": "bank-1", "paid_on": "2026-03-17", "amount": "12000000.50", "reference": "act 12"}
REMINDED = {"days": "3", "balance": "15825000.00"}
BOUNCED = {"letter": "email", "undelivered": "buyer@acme.example"}
DEAL = "50000001"  # of the contract that the sandbox of PlanFact is seeded with

Execute = Callable[[EffectRequest], Awaitable[Receipt]]


@dataclass(frozen=True)
class Case:
    """One effect to execute once. `records` returns the ids of its records at the vendor."""

    request: EffectRequest
    vendor: str
    mark: bytes
    records: Callable[[], list[str]]


@dataclass(frozen=True)
class Preparation:
    """Makes a case of each effect. `execute` executes at a healthy vendor what an effect refers to."""

    engine: AsyncEngine
    vendors: Vendors
    execute: Execute

    @property
    def store(self) -> DocumentStore:
        return DocumentStore(self.engine)

    async def case(self, name: EffectName) -> Case:
        match name:
            case EffectName.ARCHIVE:
                issued = await issue(self.store)
                return self._archived(issued.request(name), issued, ".pdf")
            case EffectName.ARCHIVE_KEEP:
                issued, original = await self._original(EffectName.ARCHIVE)
                return self._archived(issued.request(name, 9, keeps=original.key, copy="1"), issued, ".rev1.pdf")
            case EffectName.ACCOUNTING:
                issued = await issue(self.store)
                return self._posted(issued.request(name), issued.invoice_id.encode(), "shipment")
            case EffectName.PAYMENT_POSTING:
                request = (await issue(self.store)).request(name, 8, deal_id=DEAL, **PAYMENT)
                return self._posted(request, request.key.encode(), "income")
            case EffectName.ACCOUNTING_REVERSAL | EffectName.PAYMENT_REVERSAL:
                return await self._reversal(name)
            case EffectName.EINVOICE:
                issued = await issue(self.store)
                return Case(
                    issued.request(name), "didox", issued.number.encode(), lambda: self.vendors.acts(issued.number)
                )
            case EffectName.EINVOICE_CANCEL:
                issued, original = await self._original(EffectName.EINVOICE)
                act = (await self.execute(original)).vendor_id or ""
                request = issued.undoing(name, EffectName.EINVOICE, vendor_id=act)
                return Case(request, "didox", act.encode(), lambda: self.vendors.deleted("didox", act))
            case EffectName.EINVOICE_SEND:
                return await self._sending(name)
            case EffectName.DEADLINE_NOTICE:
                return self._mailed(await self._late_review(name))
            case EffectName.EMAIL | EffectName.NOTICE:
                return self._mailed((await issue(self.store, self._letter())).request(name))
            case EffectName.REMINDER:
                return self._mailed((await issue(self.store, self._letter())).request(name, 5, **REMINDED))
            case EffectName.BOUNCE_NOTICE:
                return self._mailed((await issue(self.store, self._letter())).request(name, 5, **BOUNCED))
        raise AssertionError(f"the matrices have no case of {name}: add one here")

    async def _original(self, name: EffectName) -> tuple[Issued, EffectRequest]:
        issued = await issue(self.store, content())
        request = issued.request(name)
        await self.execute(request)
        return issued, request

    async def _sending(self, name: EffectName) -> Case:
        """Return the sending of an act whose signature is stored."""
        issued, original = await self._original(EffectName.EINVOICE)
        act = (await self.execute(original)).vendor_id or ""
        content = signed_bytes(self.vendors.act(act)["json"])
        row = signature_row(GOOD, content, invoice_id=issued.invoice_id, document_id=act, action=SigningAction.SEND)
        async with self.engine.begin() as connection:
            await connection.execute(insert(StoredSignature).values(row))
        request = issued.request(name, 7, document_id=act, signature=str(row["sha256"]))
        return Case(
            request, "didox", f"{act}/sign".encode(), lambda: [act] * int(self.vendors.act(act).get("signs", 0))
        )

    async def _late_review(self, name: EffectName) -> EffectRequest:
        """Return the notice about an invoice whose review is late. No user has an address, so finance is told."""
        invoice_id = uuid4().hex
        draft = draft_with_deadlines().model_copy(update={"id": invoice_id, "workflow_id": invoice_id})
        draft = draft.model_copy(update={"content": draft.content.with_service(application_key=invoice_id)})
        late = fire_due_timers(numbered(execute(draft, Finalize(by="amina"))), NOW + timedelta(days=1))
        await InvoiceProjection(self.engine).project(late)
        effect = newest(late, name)
        return EffectRequest(
            key=effect.key,
            name=name,
            invoice_id=invoice_id,
            workflow_id=invoice_id,
            display_number=late.display_number or "",
            digest=late.digest or "",
            argument=effect.argument,
            revision=late.revision,
            chain=late.chain,
        )

    async def _reversal(self, name: EffectName) -> Case:
        is_payment = name is EffectName.PAYMENT_REVERSAL
        original = EffectName.PAYMENT_POSTING if is_payment else EffectName.ACCOUNTING
        issued = await issue(self.store)
        posting = issued.request(original, 5, deal_id=DEAL, **PAYMENT) if is_payment else issued.request(original)
        posted = (await self.execute(posting)).vendor_id or ""
        argument = {"payment_id": PAYMENT["payment_id"]} if is_payment else {}
        undoing = issued.undoing(name, original, vendor_id=posted)
        request = undoing.model_copy(update={"argument": undoing.argument | argument})
        return Case(request, "planfact", f"/{posted}".encode(), lambda: self.vendors.deleted("planfact", posted))

    def _archived(self, request: EffectRequest, issued: Issued, ending: str) -> Case:
        name = f"{issued.number}{ending}"
        return Case(request, "archive", name.encode(), lambda: self.vendors.files(name))

    def _posted(self, request: EffectRequest, mark: bytes, kind: str) -> Case:
        return Case(request, "planfact", mark, lambda: self.vendors.operations(kind, mark.decode()))

    def _mailed(self, request: EffectRequest) -> Case:
        message_id = Letters(company.SENDER).message_id(request.key)
        return Case(request, "mail", message_id.encode(), lambda: self.vendors.letters(message_id))

    @staticmethod
    def _letter() -> Content:
        return abroad(recipients=(f"buyer-{uuid4().hex[:8]}@acme.example",))
