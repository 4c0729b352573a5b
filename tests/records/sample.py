"""An invoice as its workflow would hold it, with the journal that its changes left."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from models.audit import GENESIS, Event, chained
from models.basis import ClientType, ServiceBasis
from models.content import Content, Line, LineType, sum_up
from models.facts import DealType
from models.invoice import ContractPeriod, DraftRequest, Invoice, Mark
from models.money import Currency
from models.periods import Period
from models.rates import RateRule
from models.terms import Channel, Issuer, Party
from tests.fixtures.drafts import restated

MARCH = Period(start=date(2026, 3, 1), end=date(2026, 3, 31))
CREATED = datetime(2026, 4, 1, 1, tzinfo=UTC)


def content(application_key: str = "app-001", **fields: Any) -> Content:
    """15,000,000.00 UZS for the month; nothing else is charged."""
    line = Line(
        id="L1",
        line_type=LineType.SUPPORT,
        description="Monthly support — March 2026",
        quantity=Decimal(1),
        unit_price=Decimal("15000000.00"),
        line_total=Decimal("15000000.00"),
        rule="SUP.base",
    )
    made = Content(
        basis=ServiceBasis(
            application_key=application_key,
            application_name="Сопровождение «Ромашки»",
            customer_key="cust-001",
            deal_type=DealType.SUP,
            client_type=ClientType.LOCAL,
            period=MARCH,
            rate_rule=RateRule(base_hourly_rate=Decimal("150000.00"), monthly_limit_hours=Decimal(40)),
        ),
        currency=Currency.UZS,
        invoice_date=date(2026, 4, 1),
        payment_days=45,
        issuer=Issuer(party=Party(name="ProximaOps", tin="309630523")),
        customer=Party(name="ООО «Ромашка»"),
        channel=Channel.DIDOX,
        series="ACT",
        lines=(line,),
        totals=sum_up([line], currency=Currency.UZS, tax=None, total_hours=Decimal("30.00")),
    )
    return restated(made, **fields)


def events(count: int, *, by: str = "aziza") -> tuple[Event, ...]:
    made: list[Event] = []
    for seq in range(1, count + 1):
        made.append(
            chained(
                made[-1].hash if made else GENESIS,
                seq,
                at=CREATED.replace(minute=seq),
                by=by,
                action="edit",
                reason="спросил клиент",
                status_before="draft",
                status_after="draft",
                changes={"total_amount": ("15000000.00", f"1500000{seq}.00")},
            )
        )
    return tuple(made)


def invoice(**fields: Any) -> Invoice:
    """A draft of a contract of its own, so that tests can share a database."""
    key = f"app-{uuid4().hex[:12]}"
    made = Invoice(
        id=uuid4().hex,
        workflow_id=f"service-invoice.{key}.2026-03",
        request=DraftRequest(subject=ContractPeriod(application_key=key, period=MARCH), by="aziza"),
        revision=1,
        content=content(key),
        created=Mark(by="aziza", at=CREATED),
    )
    return made.model_copy(update=fields)
