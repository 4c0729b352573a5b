"""The repositories of partner settings: groups, partners, the rate card, installers, their rates, and KPIs."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from api.settings.repositories import ISSUER, SettingRepository, require_series
from models.partners.installer_rate import InstallerRateInput
from models.partners.kpi.rule import KpiRuleInput
from models.partners.kpi.tables import KpiRuleTable, KpiTargetTable
from models.partners.kpi.target import KpiTargetInput
from models.partners.payout.installer import InstallerInput
from models.partners.priced_work import PricedWorkInput
from models.partners.rate_card import RateCardInput
from models.partners.settings import PartnerGroupInput, PartnerInput
from models.partners.tables import InstallerRateTable, InstallerTable, PartnerGroupRow, PartnerRow, RateCardTable
from models.settings.area import Area, SettingRefused
from models.settings.dated import DatedInput, check_key, check_overlap
from models.values.base_models import Strict

T = TypeVar("T", bound=Strict)
R = TypeVar("R", bound=DatedInput)
P = TypeVar("P", bound=PricedWorkInput)

# What the rows of a table are called in a message.
_REFERRING = {
    RateCardTable.__tablename__: "rates of the rate card",
    KpiTargetTable.__tablename__: "KPI targets",
    KpiRuleTable.__tablename__: "KPI rules",
}


class _ReferencedRepository(SettingRepository[T]):
    """Settings that other rows refer to."""

    async def write(self, connection: AsyncConnection, key: str, after: T | None) -> None:
        """Write or delete the setting. Raise SettingRefused when it is deleted and something still refers to it."""
        if after is not None:
            await super().write(connection, key, after)
            return
        column = self.table.__table__.c[self.key]  # type: ignore[attr-defined]
        try:
            await connection.execute(delete(self.table).where(column == key))
        except IntegrityError as error:
            referring = getattr(getattr(error.orig, "diag", None), "table_name", None) or "other records"
            what = _REFERRING.get(referring, referring.replace("_", " "))
            raise SettingRefused("key", f"{key} cannot be removed, because {what} still refer to it") from error


class PartnerRepository(_ReferencedRepository[PartnerInput]):
    """The partners."""

    def __init__(self) -> None:
        super().__init__(Area.PARTNERS, PartnerInput, PartnerRow, "key")

    async def check(self, connection: AsyncConnection, key: str, after: PartnerInput | None) -> None:
        del key
        if after is None:
            return
        await require_series(connection, after.series)
        await _require(connection, PARTNER_GROUPS, "group", after.group, "partner group")
        await _require_tax(connection, after.tax_code)

    def _columns(self, after: PartnerInput) -> dict[str, Any]:
        return after.model_dump(mode="json")


class DatedRepository(SettingRepository[R]):
    """Dated settings, whose keys are made of what they are for. Two active ones for it never share a day."""

    async def check(self, connection: AsyncConnection, key: str, after: R | None) -> None:
        if after is None:
            return
        check_key(key, after)
        await self.check_references(connection, after)
        check_overlap(key, after, await self.similar(connection, after))

    async def check_references(self, connection: AsyncConnection, after: R) -> None:
        """Raise SettingRefused when the setting names something that does not exist."""

    async def similar(self, connection: AsyncConnection, after: R) -> dict[str, R]:
        """Return the settings among which are all for the same thing."""
        del after
        return await self.read(connection)

    async def write_all(self, connection: AsyncConnection, rates: Mapping[str, R]) -> None:
        """Write the settings, which are not checked, with one statement."""
        row = insert(self.table)
        names = set(self.model.model_fields)
        row = row.on_conflict_do_update(index_elements=[self.key], set_={name: row.excluded[name] for name in names})
        await connection.execute(row, [{self.key: key, **self._columns(rate)} for key, rate in rates.items()])


class PricedWorkRepository(DatedRepository[P]):
    """Dated prices."""

    async def similar(self, connection: AsyncConnection, after: P) -> dict[str, P]:
        columns = self.table.__table__.c  # type: ignore[attr-defined]
        same_type = select(columns.id).where(columns.order_type == after.order_type.value)
        return await self.read(connection, list(await connection.scalars(same_type)))


class RateCardRepository(PricedWorkRepository[RateCardInput]):
    """The rate card."""

    def __init__(self) -> None:
        super().__init__(Area.RATE_CARDS, RateCardInput, RateCardTable, "id")

    async def check_references(self, connection: AsyncConnection, after: RateCardInput) -> None:
        await _require(connection, PARTNERS, "partner", after.partner, "partner")
        await _require(connection, PARTNER_GROUPS, "group", after.group, "partner group")
        await _require_tax(connection, after.tax_code)


class KpiTargetRepository(DatedRepository[KpiTargetInput]):
    """The targets of jobs."""

    def __init__(self) -> None:
        super().__init__(Area.KPI_TARGETS, KpiTargetInput, KpiTargetTable, "id")

    async def check_references(self, connection: AsyncConnection, after: KpiTargetInput) -> None:
        await _require(connection, PARTNERS, "partner", after.partner, "partner")


class KpiRuleRepository(DatedRepository[KpiRuleInput]):
    """The rules by which partners pay bonuses and take penalties."""

    def __init__(self) -> None:
        super().__init__(Area.KPI_RULES, KpiRuleInput, KpiRuleTable, "id")

    async def check_references(self, connection: AsyncConnection, after: KpiRuleInput) -> None:
        await _require(connection, PARTNERS, "partner", after.partner, "partner")


async def _require(
    connection: AsyncConnection, repository: SettingRepository[Any], field: str, key: str | None, kind: str
) -> None:
    """Raise SettingRefused for a key that is given and does not exist."""
    if key is None:
        return
    known = await _keys(connection, repository)
    if key not in known:
        raise SettingRefused(field, f"there is no {kind} {key}; there are: {', '.join(known) or 'none yet'}")


async def _require_tax(connection: AsyncConnection, code: str | None) -> None:
    if code is None:
        return
    issuer = (await ISSUER.read(connection)).get(ISSUER.KEY)
    known = sorted({tax.code for tax in issuer.taxes}) if issuer else []
    if code not in known:
        raise SettingRefused(
            "tax_code", f"the issuer's tax table has no {code}; it has: {', '.join(known) or 'nothing yet'}"
        )


async def _keys(connection: AsyncConnection, repository: SettingRepository[Any]) -> Collection[str]:
    column = repository.table.__table__.c[repository.key]  # type: ignore[attr-defined]
    return list(await connection.scalars(select(column).order_by(column)))


PARTNER_GROUPS = _ReferencedRepository(Area.PARTNER_GROUPS, PartnerGroupInput, PartnerGroupRow, "key")
PARTNERS = PartnerRepository()
RATE_CARDS = RateCardRepository()
INSTALLER_RATES = PricedWorkRepository(Area.INSTALLER_RATES, InstallerRateInput, InstallerRateTable, "id")
INSTALLERS = DatedRepository(Area.INSTALLERS, InstallerInput, InstallerTable, "id")
KPI_TARGETS = KpiTargetRepository()
KPI_RULES = KpiRuleRepository()
