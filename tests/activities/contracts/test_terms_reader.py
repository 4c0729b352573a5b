"""The terms of a contract are its settings on the last day of the period."""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import cast

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.billing.drafting import Drafting
from activities.billing.prepared_drafts import PreparedDrafts
from activities.clients.clickhouse.warehouse import Warehouse
from activities.contracts.terms_reader import ContractTermsReader
from activities.database.engine import sessions
from activities.invoice.billed_work import BilledWorkReader
from models.billing.ports import DraftInput
from models.contracts.rate_rule import RateRule
from models.contracts.tables import ClientInvoiceConfig, ContractRateRule, EmployeeExclusion
from models.contracts.terms import ContractTerms, ExclusionType, TermsMissing
from models.invoice.content.draft_request import ContractPeriod, DraftRequest
from models.issuer.issuer import Issuer, Party, TaxRate
from models.issuer.tables import IssuerRow, NumberSeries
from models.values.document_options import Channel, Toggles
from models.values.failure_codes import Failure
from models.values.period import Period

MARCH_END = date(2026, 3, 31)
ISSUER = Issuer(
    party=Party(name="ProximaOps", tin="309630523"),
    notice_email="finance@proximaops.example",
    taxes=(TaxRate(code="QQS", rate=Decimal("0.12"), valid_from=date(2026, 1, 1)),),
)


def rule(valid_from: date, valid_to: date | None, rate: str) -> ContractRateRule:
    return ContractRateRule(
        application_key="app-1",
        valid_from=valid_from,
        valid_to=valid_to,
        base_hourly_rate=Decimal(rate),
        monthly_limit_hours=Decimal("40.50"),
        overtime_multiplier=Decimal("1.25"),
        p1_p3_multiplier=Decimal(2),
        off_hours_multiplier=Decimal("1.0"),
        p1_p3_off_hours_multiplier=Decimal("2.5"),
        business_hours_start=time(8, 30),
        business_hours_end=time(17, 30),
        business_hours_tz="Europe/Berlin",
        weekend_days=[5, 6],
        bill_base_when_empty=True,
    )


@pytest.fixture
async def empty(connect: Callable[..., AsyncEngine]) -> AsyncEngine:
    return connect()


@pytest.fixture
async def reader(empty: AsyncEngine) -> ContractTermsReader:
    async with sessions(empty).begin() as session:
        session.add(IssuerRow(issuer=ISSUER.model_dump(mode="json")))
        session.add(NumberSeries(name="ACT", pattern="ACT-{seq}", last_number=0))
        session.add(EmployeeExclusion(account_id="acc-9", exclusion_type="overhead_only"))
        await session.flush()
        session.add(
            ClientInvoiceConfig(
                application_key="app-1",
                series="ACT",
                payment_days=30,
                reminder_days=[-3, 0, 5],
                channel="email",
                recipients=["a@client.example", "b@client.example"],
                cc=["c@client.example"],
                bcc=["d@proximaops.example"],
                show_task_list=False,
                show_tracked_time=True,
                show_task_pricing=True,
                show_overtime=False,
                legal_text="Согласно договору",
            )
        )
        session.add(rule(date(2025, 1, 1), date(2025, 12, 31), "100.00"))
        session.add(rule(date(2026, 1, 1), MARCH_END, "110.00"))
        session.add(rule(date(2026, 4, 1), None, "120.00"))
    return ContractTermsReader(empty)


async def test_all_settings_are_read(reader: ContractTermsReader) -> None:
    assert await reader.terms("app-1", MARCH_END) == ContractTerms(
        issuer=ISSUER,
        series="ACT",
        rate_rule=RateRule(
            base_hourly_rate=Decimal("110.00"),
            monthly_limit_hours=Decimal("40.50"),
            overtime_multiplier=Decimal("1.25"),
            p1_p3_multiplier=Decimal(2),
            off_hours_multiplier=Decimal(1),
            p1_p3_off_hours_multiplier=Decimal("2.5"),
            business_hours_start=time(8, 30),
            business_hours_end=time(17, 30),
            business_hours_tz="Europe/Berlin",
            weekend_days=(5, 6),
            bill_base_when_empty=True,
        ),
        exclusions={"acc-9": ExclusionType.OVERHEAD_ONLY},
        payment_days=30,
        reminder_days=(-3, 0, 5),
        channel=Channel.EMAIL,
        recipients=("a@client.example", "b@client.example"),
        cc=("c@client.example",),
        bcc=("d@proximaops.example",),
        toggles=Toggles(show_task_list=False, show_tracked_time=True, show_task_pricing=True, show_overtime=False),
        legal_text="Согласно договору",
    )


@pytest.mark.parametrize(
    ("on", "rate"),
    [
        (date(2024, 12, 31), None),
        (date(2025, 1, 1), "100.00"),
        (date(2025, 12, 31), "100.00"),
        (date(2026, 1, 1), "110.00"),
        (MARCH_END, "110.00"),
        (date(2026, 4, 1), "120.00"),
        (date(2030, 1, 1), "120.00"),
    ],
)
async def test_the_rate_rule_of_the_day_applies(reader: ContractTermsReader, on: date, rate: str | None) -> None:
    found = (await reader.terms("app-1", on)).rate_rule
    assert (found.base_hourly_rate if found else None) == (Decimal(rate) if rate else None)


async def test_multipliers_have_no_trailing_zeros(reader: ContractTermsReader) -> None:
    found = (await reader.terms("app-1", MARCH_END)).rate_rule
    assert found is not None
    shown = (found.overtime_multiplier, found.p1_p3_multiplier, found.p1_p3_off_hours_multiplier)
    assert [str(value) for value in shown] == ["1.25", "2.0", "2.5"]


async def test_a_contract_without_configuration_has_the_defaults(reader: ContractTermsReader) -> None:
    expected = ContractTerms(issuer=ISSUER, series="default", exclusions={"acc-9": ExclusionType.OVERHEAD_ONLY})
    assert await reader.terms("app-new", MARCH_END) == expected
    assert expected.payment_days == 45


async def test_many_contracts_are_read_at_once(reader: ContractTermsReader) -> None:
    keys = ["app-1", *(f"app-{n}" for n in range(2, 70_001))]
    found = await reader.terms_of(keys, MARCH_END)
    assert list(found) == keys
    assert found["app-1"] == await reader.terms("app-1", MARCH_END)
    assert found["app-70000"].series == "default"


async def test_without_an_issuer_nothing_can_be_drafted(empty: AsyncEngine) -> None:
    terms = ContractTermsReader(empty)
    with pytest.raises(TermsMissing, match="not configured"):
        await terms.terms("app-1", MARCH_END)
    drafting = Drafting(cast(Warehouse, None), terms, cast(BilledWorkReader, None), cast(PreparedDrafts, None))
    request = DraftRequest(subject=ContractPeriod(application_key="app-1", period=Period.month(2026, 3)), by="lena")
    with pytest.raises(ApplicationError) as refused:
        await drafting.fetch_draft(DraftInput(request=request, invoice_date=MARCH_END))
    assert (refused.value.type, refused.value.non_retryable) == (Failure.TERMS_MISSING, True)
