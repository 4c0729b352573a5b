"""Finalised invoices as the effects find them: content and PDF in PostgreSQL, and requests that name them."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.ledger_entry import SETTLING
from activities.stored_documents import StoredDocuments
from models.basis import ClientType, ServiceBasis
from models.content import Content, Line, LineType, digest, sum_up
from models.effects import EffectName, Receipt
from models.facts import DealType
from models.invoice import Document
from models.money import Currency
from models.periods import Period
from models.ports import EffectRequest, Rendering
from models.rates import RateRule
from models.terms import Channel, Issuer, Party
from tests.fixtures.drafts import restated

# Long enough that a test sees the ledger wait, short enough to wait for.
SETTLE = timedelta(seconds=0.3)
DUE = date(2026, 4, 15)  # 1 March + 45 days: 30 left in March, 15 in April
ISSUER = Issuer(
    party=Party(
        name="ProximaOps",
        company_type="LLC",
        tin="309630523",
        account_number="20208000905123456001",
        bank_name="Kapitalbank",
        mfo="01088",
        swift_bic="KACHUZ22",
    ),
    notice_email="finance@proximaops.example",
)


def line(kind: LineType, amount: str, *, quantity: str = "1", price: str | None = None, **more: Any) -> Line:
    return Line(
        id=more.pop("id", f"L-{kind}"),
        line_type=kind,
        description=more.pop("description", str(kind)),
        quantity=Decimal(quantity),
        unit_price=Decimal(price or amount),
        line_total=Decimal(amount),
        rule=more.pop("rule", "test"),
        **more,
    )


# The prefill example of the documentation: 15,000,000.00 a month and 5.50 hours above the limit at 150,000.00.
SUPPORT = line(LineType.SUPPORT, "15000000.00", description="Monthly support — February 2026", rule="SUP.base")
OVERTIME = line(LineType.OVERTIME, "825000.00", quantity="5.50", price="150000.00", description="Overtime")


def content(*lines: Line, total: Decimal | None = None, hours: str = "45.50", **fields: Any) -> Content:
    billed = lines or (SUPPORT, OVERTIME)
    made = Content(
        basis=ServiceBasis(
            application_key="APP-001",
            application_name="Acme Support",
            customer_key="CUST-001",
            deal_type=DealType.SUP,
            client_type=ClientType.LOCAL,
            period=Period.month(2026, 2),
            agreement_number="D-12",
            agreement_date=date(2026, 1, 15),
            rate_rule=RateRule(),
        ),
        currency=Currency.UZS,
        invoice_date=date(2026, 3, 1),
        payment_days=45,
        issuer=ISSUER,
        customer=Party(name="Acme Corp", company_type="LLC", tin="123456789"),
        recipients=("buyer@acme.example", "accounts@acme.example"),
        channel=Channel.DIDOX,
        series="ACT",
        lines=billed,
        totals=sum_up(
            billed,
            currency=fields.get("currency", Currency.UZS),
            tax=fields.get("tax"),
            total_hours=Decimal(hours),
            manual=total,
        ),
    )
    return restated(made, **fields)


def abroad(**fields: Any) -> Content:
    return content(client_type=ClientType.INTERNATIONAL, currency=Currency.USD, channel=Channel.EMAIL, **fields)


@dataclass(frozen=True)
class Issued:
    invoice_id: str
    number: str
    digest: str
    document: Document
    pdf: bytes

    def request(self, name: EffectName, revision: int = 5, **argument: str) -> EffectRequest:
        return EffectRequest(
            key=f"{self.invoice_id}:{revision}:{name}",
            name=name,
            invoice_id=self.invoice_id,
            workflow_id=f"service-invoice.{self.invoice_id}",
            display_number=self.number,
            digest=self.digest,
            document=self.document,
            due=DUE,
            argument=argument,
        )

    def undoing(
        self, name: EffectName, original: EffectName, *, vendor_id: str = "", revision: int = 9
    ) -> EffectRequest:
        """As the workflow asks for it: the invoice is a draft again, which has neither digest nor document."""
        request = self.request(name, revision, reverses=f"{self.invoice_id}:5:{original}", vendor_id=vendor_id)
        return request.model_copy(update={"digest": "", "document": None, "due": None})


async def issue(stored: StoredDocuments, said: Content | None = None, *, again: Issued | None = None) -> Issued:
    """`again`: the same invoice and number after it went back to draft."""
    said = said or content()
    invoice_id = again.invoice_id if again else uuid4().hex
    number = again.number if again else f"ACT-{invoice_id[:8]}"
    rendering = Rendering(
        invoice_id=invoice_id, display_number=number, digest=digest(said, number), due=DUE, content=said
    )
    pdf = f"%PDF-1.7 {rendering.digest}".encode()
    document = await stored.save(rendering, pdf, pages=1)
    return Issued(invoice_id, number, rendering.digest, document, pdf)


Method = Callable[[EffectRequest], Awaitable[Receipt]]


async def run(method: Method, request: EffectRequest, *, since: datetime | None = None) -> Receipt:
    """One attempt, as Temporal would make it; `since`: when the first one was scheduled."""
    environment = ActivityEnvironment()
    if since:
        environment.info = dataclasses.replace(environment.info, scheduled_time=since)
    return await environment.run(method, request)


async def settled(method: Method, request: EffectRequest) -> Receipt:
    """Asked again for as long as the ledger says that it is not known yet, as Temporal would."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await run(method, request)
            except ApplicationError as waiting:
                if waiting.type != SETTLING:
                    raise
                await asyncio.sleep(0.05)
