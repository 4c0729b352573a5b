"""The terms of a partner from the settings: partner, group, issuer, the rate card, and KPIs."""

from sqlalchemy import and_, or_
from sqlalchemy import select as sql_select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlmodel import col, select

from activities.contracts.terms_reader import configured_issuer
from activities.database.engine import sessions
from models.partners.kpi.rule import KpiRule
from models.partners.kpi.tables import KpiRuleTable, KpiTargetTable
from models.partners.kpi.target import KpiTarget
from models.partners.partner import Partner, PartnerGroup
from models.partners.rate_card import RateCardRow
from models.partners.readiness import PartnerRules, gate_rules
from models.partners.settings import PartnerInput
from models.partners.tables import PartnerGroupRow, PartnerRow, RateCardTable
from models.partners.terms import PartnerMissing, PartnerRates, PartnerTerms
from models.values.money import plain
from models.values.typed_values import AS_RECORDED


class PartnerReader:
    """Reads the settings of partners in PostgreSQL, each time in one short transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._sessions = sessions(engine)

    async def terms(self, partner_key: str) -> PartnerTerms:
        """Return the terms of one partner. Raises PartnerMissing, and TermsMissing if the issuer is not configured."""
        async with self._sessions() as session:
            rates = await _rates(session, partner_key)
            issuer = await configured_issuer(session)
            targets, rules = await _kpis(session, partner_key)
        shared = {name: getattr(rates, name) for name in PartnerRates.model_fields}
        return PartnerTerms(issuer=issuer, kpi_targets=targets, kpi_rules=rules, **shared)

    async def rates(self, partner_key: str) -> PartnerRates:
        """Return the partner and its rates, which do not need a configured issuer. Raises PartnerMissing."""
        async with self._sessions() as session:
            return await _rates(session, partner_key)

    async def partner(self, partner_key: str) -> Partner:
        """Return one partner. Raises PartnerMissing."""
        async with self._sessions() as session:
            return await _partner(session, partner_key)


async def rules_of(connection: AsyncConnection, partner_key: str) -> PartnerRules:
    """Return what the gate needs of a partner; of one without settings everything is required."""
    columns = PartnerRow.metadata.tables["partners"].columns
    query = sql_select(*columns).where(col(PartnerRow.key) == partner_key)
    row = (await connection.execute(query)).first()
    if row is None:
        return PartnerRules()
    settings = {name: value for name, value in row._mapping.items() if name != "key"}
    return gate_rules(PartnerInput.model_validate(settings, context=AS_RECORDED).partner(partner_key))


async def _partner(session: AsyncSession, key: str) -> Partner:
    row = await session.get(PartnerRow, key)
    if row is None:
        raise PartnerMissing(key)
    return PartnerInput.model_validate(row.model_dump(exclude={"key"}), context=AS_RECORDED).partner(key)


async def _rates(session: AsyncSession, key: str) -> PartnerRates:
    partner = await _partner(session, key)
    group = await session.get(PartnerGroupRow, partner.group) if partner.group else None
    owner, of_group = col(RateCardTable.partner), col(RateCardTable.group)
    concerned = [owner == key, and_(owner.is_(None), of_group.is_(None))]
    if group is not None:
        concerned.append(of_group == group.key)
    rows = await session.scalars(select(RateCardTable).where(or_(*concerned)).order_by(col(RateCardTable.id)))
    return PartnerRates(
        partner=partner,
        group=PartnerGroup(key=group.key, name=group.name) if group else None,
        rates=tuple(_rate(row) for row in rows),
    )


async def _kpis(session: AsyncSession, key: str) -> tuple[tuple[KpiTarget, ...], tuple[KpiRule, ...]]:
    """Return the targets of the partner and of every partner, and the rules of the partner."""
    partner, active = col(KpiTargetTable.partner), col(KpiTargetTable.active)
    concerned = select(KpiTargetTable).where(active, or_(partner == key, partner.is_(None)))
    targets = await session.scalars(concerned.order_by(col(KpiTargetTable.id)))
    own = select(KpiRuleTable).where(col(KpiRuleTable.active), col(KpiRuleTable.partner) == key)
    rules = await session.scalars(own.order_by(col(KpiRuleTable.id)))
    return (
        tuple(KpiTarget.model_validate(row.model_dump(exclude={"description"})) for row in targets),
        tuple(KpiRule.model_validate(row.model_dump(exclude={"description"})) for row in rules),
    )


def _rate(row: RateCardTable) -> RateCardRow:
    """Return the row with its amount without the trailing zeros of the column, as documents show it."""
    return RateCardRow.model_validate(row.model_dump() | {"amount": plain(row.amount)})
