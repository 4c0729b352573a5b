"""The terms of a partner are its settings, and no rate of an installer is among them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.engine import sessions
from activities.partners.partner_reader import PartnerReader
from local.demo_data import partners as demo
from models.contracts.terms import TermsMissing
from models.issuer.issuer import Issuer, Party, TaxRate
from models.issuer.tables import IssuerRow
from models.partners.kpi.rule import KpiRuleInput
from models.partners.kpi.tables import KpiRuleTable, KpiTargetTable
from models.partners.kpi.target import KpiTargetInput
from models.partners.order_type import OrderType
from models.partners.partner import PartnerGroup
from models.partners.rate_lookup import RateFound
from models.partners.terms import PartnerMissing

DAY = date(2026, 3, 15)
ISSUER = Issuer(
    party=Party(name="Cephas Sdn Bhd"),
    taxes=(TaxRate(code="SST", rate=Decimal("0.08"), valid_from=date(2024, 3, 1)),),
)


@pytest.fixture
async def engine(connect: Callable[..., AsyncEngine]) -> AsyncEngine:
    """A database with the partners of the demo and without an issuer."""
    engine = connect()
    async with sessions(engine).begin() as session:
        for row in demo.rows():
            session.add(row)
            await session.flush()
    return engine


async def with_issuer(engine: AsyncEngine) -> PartnerReader:
    async with sessions(engine).begin() as session:
        session.add(IssuerRow(issuer=ISSUER.model_dump(mode="json")))
    return PartnerReader(engine)


async def test_the_terms_have_the_rates_of_the_partner_its_group_and_the_company(engine: AsyncEngine) -> None:
    terms = await (await with_issuer(engine)).terms("CELCOM")
    assert terms.issuer == ISSUER
    assert terms.partner == demo.PARTNERS["CELCOM"].partner("CELCOM")
    assert terms.group == PartnerGroup(key="CELCOM_DIGI", name="CelcomDigi")
    expected = [rate.row(rate.key) for rate in demo.rate_card() if rate.partner is None]
    assert sorted(terms.rates, key=lambda rate: rate.id) == sorted(expected, key=lambda rate: rate.id)
    found = terms.find_rate(OrderType.ACTIVATION, "FTTH", "PRELAID", DAY)
    assert isinstance(found, RateFound)
    assert str(found.rate.amount) == "145.00"


async def test_the_terms_have_the_active_kpis_of_the_partner(engine: AsyncEngine) -> None:
    """The demo has targets of every partner and no rule; targets and rules of others are left out."""
    reader = await with_issuer(engine)
    shared = sorted((each.target(each.key) for each in demo.kpi_targets()), key=lambda target: target.id)
    terms = await reader.terms("TIME")
    assert (sorted(terms.kpi_targets, key=lambda target: target.id), terms.kpi_rules) == (shared, ())
    fields = {"partner": "TIME", "valid_from": date(2026, 1, 1)}
    rule = KpiRuleInput.model_validate({**fields, "late_penalty": "5", "exceeded_penalty": "12.50"})
    inactive = rule.model_copy(update={"order_type": OrderType.SDU, "active": False})
    other = rule.model_copy(update={"partner": "DIGI"})
    target = KpiTargetInput.model_validate({**fields, "order_type": "activation", "minutes": 45})
    not_its = target.model_copy(update={"partner": "DIGI"})
    async with sessions(engine).begin() as session:
        session.add_all(KpiRuleTable(id=each.key, **each.model_dump()) for each in (rule, inactive, other))
        session.add_all(KpiTargetTable(id=each.key, **each.model_dump()) for each in (target, not_its))
    terms = await reader.terms("TIME")
    assert terms.kpi_rules == (rule.rule(rule.key),)
    assert set(terms.kpi_targets) == {*shared, target.target(target.key)}


async def test_a_partner_without_a_group_gets_no_rate_of_others(engine: AsyncEngine) -> None:
    async with sessions(engine).begin() as session:
        await session.execute(text("""UPDATE partners SET "group" = NULL WHERE key = 'UMOBILE'"""))
    rates = await PartnerReader(engine).rates("UMOBILE")
    assert rates.group is None
    assert [rate.id for rate in rates.rates] == ["default.activation.FTTH.any.MYR.2025-01-01"]


async def test_what_is_missing_is_named(engine: AsyncEngine) -> None:
    with pytest.raises(PartnerMissing, match="NOBODY"):
        await PartnerReader(engine).terms("NOBODY")
    with pytest.raises(TermsMissing):
        await PartnerReader(engine).terms("TIME")
    assert (await PartnerReader(engine).partner("TIME")).name == "TIME"


async def test_the_terms_are_read_without_the_rates_of_installers(engine: AsyncEngine) -> None:
    """docs/specification/partners.md 2.7: in a database without their table the terms are the same."""
    reader = await with_issuer(engine)
    before = await reader.terms("TIME")
    statements: list[str] = []

    def note(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE installer_rates"))
    assert await reader.terms("TIME") == before
    assert [each for each in statements if "installer" in each] == ["DROP TABLE installer_rates"]
    assert any("rate_card_rows" in each for each in statements)
