"""The repositories of the settings: each reads and writes one kind of setting in its table.

They also check a value against other settings that only the database has.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel, col

from models.contracts.settings import Classification, ClientConfig, DatedRule, Exclusion, RateBook
from models.contracts.tables import ClientInvoiceConfig, ContractRateRule, EmployeeExclusion, ProjectClassification
from models.issuer.issuer import Issuer, issuer_of_settings
from models.issuer.pattern_overlap import overlapping_series
from models.issuer.settings import IssuerInput, Series
from models.issuer.tables import IssuedNumber, IssuerRow, NumberSeries
from models.settings.area import Area, SettingRefused
from models.values.base_models import Strict
from models.values.period import BILLING_ZONE
from models.values.typed_values import AS_RECORDED

T = TypeVar("T", bound=Strict)


class SettingRepository(Generic[T]):
    """Settings with one row for each key. The fields of the model have the names of the columns."""

    def __init__(self, area: Area, model: type[T], table: type[SQLModel], key: str) -> None:
        self.area, self.model, self.table, self.key = area, model, table, key

    async def read(
        self, connection: AsyncConnection, keys: Collection[str] | None = None, *, lock: bool = False
    ) -> dict[str, T]:
        """Return the settings of these keys, or all, by key. `lock` locks the rows until the transaction ends."""
        query = self._query(keys)
        rows = (await connection.execute(query.with_for_update() if lock else query)).mappings().all()
        return {row[self.key]: self._model(dict(row)) for row in rows}

    async def check(self, connection: AsyncConnection, key: str, after: T | None) -> None:
        """Raise SettingRefused when other settings do not permit the value. `after` None deletes the setting."""

    async def write(self, connection: AsyncConnection, key: str, after: T | None) -> None:
        """Write the setting, or delete it when `after` is None."""
        column = self.table.__table__.c[self.key]  # type: ignore[attr-defined]
        if after is None:
            await connection.execute(delete(self.table).where(column == key))
            return
        values = self._columns(after)
        row = insert(self.table).values({self.key: key, **values})
        await connection.execute(row.on_conflict_do_update(index_elements=[column], set_=values))

    def _model(self, row: dict[str, Any]) -> T:
        return self.model.model_validate(
            {name: value for name, value in row.items() if name != self.key}, context=AS_RECORDED
        )

    def _columns(self, after: T) -> dict[str, Any]:
        return {name: _column_value(value) for name, value in after.model_dump().items()}

    def _query(self, keys: Collection[str] | None) -> Select[Any]:
        columns = self.table.__table__.c  # type: ignore[attr-defined]
        names = [self.key, *self.model.model_fields]
        query = select(*(columns[name] for name in names)).order_by(columns[self.key])
        return query if keys is None else query.where(columns[self.key].in_(list(keys)))


class RateBookRepository(SettingRepository[RateBook]):
    """The rate rules of the contracts: several rows for each key."""

    def __init__(self) -> None:
        super().__init__(Area.RATE_RULES, RateBook, ContractRateRule, "application_key")

    async def read(
        self, connection: AsyncConnection, keys: Collection[str] | None = None, *, lock: bool = False
    ) -> dict[str, RateBook]:
        del lock  # the lock of the store is enough, because only the settings write these rows
        columns = ContractRateRule.__table__.c  # type: ignore[attr-defined]
        query = select(*columns).order_by(columns.application_key, columns.valid_from)
        if keys is not None:
            query = query.where(columns.application_key.in_(list(keys)))
        found: dict[str, list[DatedRule]] = defaultdict(list)
        for row in (await connection.execute(query)).mappings():
            rule = {name: value for name, value in row.items() if name != "application_key"}
            found[row["application_key"]].append(DatedRule.model_validate(rule, context=AS_RECORDED))
        return {key: RateBook(rules=tuple(rules)) for key, rules in found.items()}

    async def write(self, connection: AsyncConnection, key: str, after: RateBook | None) -> None:
        await connection.execute(delete(ContractRateRule).where(col(ContractRateRule.application_key) == key))
        for rule in after.rules if after else ():
            values = {name: _column_value(value) for name, value in rule.model_dump().items()}
            await connection.execute(insert(ContractRateRule).values(application_key=key, **values))


class ClientConfigRepository(SettingRepository[ClientConfig]):
    """How contracts are invoiced."""

    def __init__(self) -> None:
        super().__init__(Area.CLIENT_CONFIG, ClientConfig, ClientInvoiceConfig, "application_key")

    async def check(self, connection: AsyncConnection, key: str, after: ClientConfig | None) -> None:
        del key
        if after is not None:
            await require_series(connection, after.series)


async def require_series(connection: AsyncConnection, series: str) -> None:
    """Raise SettingRefused when there is no number series of this name."""
    known = list(await connection.scalars(select(col(NumberSeries.name)).order_by(col(NumberSeries.name))))
    if series not in known:
        names = ", ".join(known) or "none yet"
        raise SettingRefused("series", f"there is no number series {series}; there are: {names}")


class NumberSeriesRepository(SettingRepository[Series]):
    """The number series."""

    def __init__(self) -> None:
        super().__init__(Area.NUMBER_SERIES, Series, NumberSeries, "name")

    async def check(self, connection: AsyncConnection, key: str, after: Series | None) -> None:
        """Raise SettingRefused when the pattern can print a number of another series.

        An unchanged pattern is not checked, so that the last number of an older series can still be changed.
        """
        rows = await connection.execute(select(col(NumberSeries.name), col(NumberSeries.pattern)))
        patterns = {row.name: row.pattern for row in rows}
        if after is None or patterns.pop(key, None) == after.pattern:
            return
        if name := overlapping_series(after.pattern, dict(sorted(patterns.items()))):
            raise SettingRefused(
                "pattern",
                f"can print the same number as the series {name} ({patterns[name]}), and no two documents may have "
                "the same number; use another beginning",
            )

    async def highest_issued(self, connection: AsyncConnection) -> dict[tuple[str, str], int]:
        """Return the highest issued sequence number by series and numbering period."""
        series, period = col(IssuedNumber.series), col(IssuedNumber.period)
        seq = func.max(col(IssuedNumber.seq)).label("highest")
        rows = await connection.execute(select(series, period, seq).group_by(series, period))
        return {(row.series, row.period): row.highest for row in rows}


class IssuerRepository(SettingRepository[IssuerInput]):
    """The issuer: one row with a JSON value; its key is `issuer`."""

    KEY = "issuer"

    def __init__(self) -> None:
        super().__init__(Area.ISSUER, IssuerInput, IssuerRow, "id")

    async def read(
        self, connection: AsyncConnection, keys: Collection[str] | None = None, *, lock: bool = False
    ) -> dict[str, IssuerInput]:
        del keys, lock
        found = await connection.scalar(select(col(IssuerRow.issuer)).where(col(IssuerRow.id) == 1))
        return {self.KEY: IssuerInput.of(issuer_of_settings(found))} if found else {}

    async def write(self, connection: AsyncConnection, key: str, after: IssuerInput | None) -> None:
        assert key == self.KEY
        assert after is not None  # no route deletes the issuer
        values = {"issuer": after.issuer.model_dump(mode="json")}
        row = insert(IssuerRow).values(id=1, **values)
        await connection.execute(row.on_conflict_do_update(index_elements=[col(IssuerRow.id)], set_=values))

    async def zone(self, connection: AsyncConnection) -> str:
        """Return the time zone in which the issuer's days begin and end; Tashkent until the issuer is configured."""
        found = await connection.scalar(select(col(IssuerRow.issuer)).where(col(IssuerRow.id) == 1))
        return Issuer.model_validate(found).zone if found else BILLING_ZONE


def _column_value(value: Any) -> Any:
    """Return the value as the driver needs it: a list for an array, the text of an enumeration."""
    return list(value) if isinstance(value, tuple) else getattr(value, "value", value)


RATE_BOOKS = RateBookRepository()
EXCLUSIONS = SettingRepository(Area.EXCLUSIONS, Exclusion, EmployeeExclusion, "account_id")
CLASSIFICATIONS = SettingRepository(Area.CLASSIFICATIONS, Classification, ProjectClassification, "label")
CLIENT_CONFIGS = ClientConfigRepository()
NUMBER_SERIES = NumberSeriesRepository()
ISSUER = IssuerRepository()
