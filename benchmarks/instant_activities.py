"""Activities with the real names that return at once.

With them a benchmark measures only the workflow, Temporal, and the communication between them.
"""

import asyncio
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from temporalio import activity

from models.billing.draft import draft
from models.billing.ports import FETCH_DRAFT, DraftInput
from models.contracts.contract import Contact, Contract, ContractRecords, Customer, DealType
from models.contracts.terms import ContractTerms
from models.documents.ports import RENDER, RenderInput
from models.invoice import ports
from models.invoice.content.content import Content
from models.invoice.effects import EffectName, Receipt
from models.invoice.invoice import Document, Invoice, Number
from models.invoice.status import Status
from models.issuer.issuer import Issuer, Party

AMOUNT = Decimal("15000000.00")
TERMS = ContractTerms(issuer=Issuer(party=Party(name="ProximaOps"), notice_email="finance@example.com"), series="BENCH")


def contract(application_key: str) -> ContractRecords:
    """A fixed price of 15,000,000.00 UZS a month: its total needs no worklogs."""
    record = Contract(
        application_key=application_key,
        customer_key="CUST-001",
        status="Active",
        application_name="Acme Support",
        start_date=date(2025, 1, 1),
        deal_amount=AMOUNT,
        deal_type=DealType.FP,
        monthly_limit=Decimal(0),
        hourly_rate=Decimal(0),
        currency="UZS",
        invoice_amount=Decimal(0),
        labels=("PROJ",),
    )
    customer = Customer(customer_key="CUST-001", company_name="Acme Corp", tin="123456789")
    contacts = (Contact(name="Nodira", email="nodira@example.com"),)
    return ContractRecords(contract=record, customer=customer, contacts=contacts)


class InstantActivities:
    """The activities, and in place of the read model the newest state of each invoice and the event of its sending."""

    def __init__(self) -> None:
        self.rows: dict[str, Invoice] = {}
        self.sent: dict[str, asyncio.Event] = {}
        self._numbers = 0

    def all(self, *real: Callable[..., Any]) -> list[Callable[..., Any]]:
        """Return the activities for a worker. `real` ones replace those with the same name."""
        own: list[Callable[..., Any]] = [self.fetch_draft, self.take_number, self.project, self.render]
        effects = [_effect(name, port.name) for name, port in ports.EFFECT_PORTS.items()]
        by_name = {_name(each): each for each in (*own, *effects, *real)}
        return list(by_name.values())

    @activity.defn(name=FETCH_DRAFT.name)
    async def fetch_draft(self, drafting: DraftInput) -> Content:
        subject = drafting.request.contract
        return draft(contract(subject.application_key), TERMS, subject.period, drafting.invoice_date)

    @activity.defn(name=ports.TAKE_NUMBER.name)
    async def take_number(self, request: ports.NumberRequest) -> Number:
        self._numbers += 1
        return Number(series=request.series, seq=self._numbers, display=f"BENCH-{self._numbers}")

    @activity.defn(name=ports.PROJECT.name)
    async def project(self, invoice: Invoice) -> ports.Projected:
        self.rows[invoice.workflow_id] = invoice
        if invoice.status is Status.SENT:
            self.sent.setdefault(invoice.workflow_id, asyncio.Event()).set()
        return ports.Projected(revision=invoice.revision)

    @activity.defn(name=RENDER.name)
    async def render(self, rendering: RenderInput) -> Document:
        return Document(sha256=rendering.digest, size=1000, pages=1)


def _name(function: Any) -> str:
    return str(vars(function)["__temporal_activity_definition"].name)


def _effect(name: EffectName, port_name: str) -> Callable[..., Any]:
    @activity.defn(name=port_name)
    async def execute(request: ports.EffectRequest) -> Receipt:
        details = {"key": "invoices/a.pdf", "etag": "e1"} if name is EffectName.ARCHIVE else {}
        return Receipt(vendor_id=f"{request.name}-1", details=details)

    return execute
