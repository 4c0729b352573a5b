"""The activity that compares a bill with the month before and stores what is unusual."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col
from temporalio import activity
from temporalio.exceptions import ApplicationError

from models.bills.anomalies import (
    Anomaly,
    AnomalyKind,
    AnomalyReport,
    Compared,
    Thresholds,
    cost_changes,
    most_important,
    resource_changes,
    vanished_credits,
)
from models.bills.matching.ports import FIND_ANOMALIES, AnomaliesFound, BillVersion
from models.bills.matching.tables import BillAnomalies
from models.values.currencies import Currency
from models.values.failure_codes import Failure
from models.values.period import Period

_LONG: Final = text("SELECT set_config('statement_timeout', '10min', true), set_config('work_mem', '64MB', true)")
_BILL: Final = text("SELECT provider, account, currency, period_start FROM vendor_bills WHERE id = :bill_id")
_HAS_BEFORE: Final = text(
    """
    SELECT EXISTS (SELECT FROM vendor_bills WHERE provider = :provider AND account = :account AND currency = :currency
        AND period_start BETWEEN :before_first AND :before_last AND status <> 'voided')
    """
)
# The versions to compare: this one and the newest ones of the other bills of its month, and those of the month before.
_VERSIONS: Final = """
    versions AS (
        SELECT id AS bill_id, CASE WHEN id = :bill_id THEN CAST(:version AS integer) ELSE version END AS version,
            period_start >= :now_first AS is_now
        FROM vendor_bills
        WHERE provider = :provider AND account = :account AND currency = :currency
            AND period_start BETWEEN :before_first AND :now_last AND (status <> 'voided' OR id = :bill_id)
    )
"""
_COSTS: Final = text(
    f"""
    WITH {_VERSIONS},
    summed AS (
        SELECT coalesce(lines.service_name, '') AS service,
            coalesce(
                nullif(lines.project_name, ''), nullif(lines.sub_account_name, ''), nullif(lines.sub_account_id, '')
            ) AS project,
            sum(lines.billed_cost) FILTER (WHERE NOT versions.is_now) AS before,
            sum(lines.billed_cost) FILTER (WHERE versions.is_now) AS now
        FROM vendor_bill_lines AS lines JOIN versions USING (bill_id, version)
        WHERE lines.charge_category <> 'Tax' GROUP BY 1, 2
    )
    SELECT service, project, before, now FROM summed
    WHERE abs(coalesce(now, 0) - coalesce(before, 0)) >= :least AND coalesce(now, 0) <> coalesce(before, 0)
    """  # noqa: S608 (no input)
)
# Keys of texts are no resources. A key is shown with the service of the month that has it.
_RESOURCES: Final = text(
    f"""
    WITH {_VERSIONS},
    summed AS (
        SELECT resource_key, min(service) AS service,
            sum(amount) FILTER (WHERE NOT versions.is_now) AS before, sum(amount) FILTER (WHERE versions.is_now) AS now
        FROM cost_matches JOIN versions USING (bill_id, version)
        WHERE kind <> 'text' GROUP BY resource_key
    ),
    only_once AS (
        SELECT *, row_number() OVER (
            PARTITION BY before IS NULL ORDER BY abs(coalesce(now, before)) DESC, resource_key
        ) AS place, count(*) OVER (PARTITION BY before IS NULL) AS many
        FROM summed WHERE (before IS NULL) <> (now IS NULL)
    )
    SELECT resource_key, service, before, now, many FROM only_once WHERE place <= :most
    """  # noqa: S608 (no input)
)
_CREDITS: Final = text(
    f"""
    WITH {_VERSIONS},
    summed AS (
        SELECT coalesce(lines.service_name, '') AS service, left(lines.description, 300) AS resource_key,
            sum(lines.billed_cost) FILTER (WHERE NOT versions.is_now) AS before,
            sum(lines.billed_cost) FILTER (WHERE versions.is_now) AS now
        FROM vendor_bill_lines AS lines JOIN versions USING (bill_id, version)
        WHERE lines.charge_category = 'Credit' GROUP BY 1, 2
    )
    SELECT service, resource_key, before, now FROM summed WHERE now IS NULL AND before < 0
    """  # noqa: S608 (no input)
)
_MOST: Final = 100


@dataclass(frozen=True)
class AnomalySearch:
    """Compares a bill with the month before; `thresholds` tell which changes of cost are unusual."""

    engine: AsyncEngine
    thresholds: Thresholds

    @activity.defn(name=FIND_ANOMALIES.name)
    async def find_anomalies(self, version: BillVersion) -> AnomaliesFound:
        """Store the anomalies of the version; a repetition replaces them."""
        async with self.engine.begin() as connection:
            await connection.execute(_LONG)
            report = await self._report(connection, version)
            values = {"count": report.count, "report": report.model_dump(mode="json")}
            row = insert(BillAnomalies).values(**version.model_dump(), **values)
            key = [col(BillAnomalies.bill_id), col(BillAnomalies.version)]
            await connection.execute(
                row.on_conflict_do_update(index_elements=key, set_=values | {"found_at": func.now()})
            )
        return AnomaliesFound(anomalies=None if report.compared_with is None else report.count)

    async def _report(self, connection: AsyncConnection, version: BillVersion) -> AnomalyReport:
        bill = (await connection.execute(_BILL, version.model_dump())).one_or_none()
        if bill is None:
            message = f"There is no bill {version.bill_id}."
            raise ApplicationError(message, type=Failure.BILL_UNKNOWN, non_retryable=True)
        currency = Currency(bill.currency)
        span = _span(version, bill)
        if not await connection.scalar(_HAS_BEFORE, span):
            return AnomalyReport(compared_with=None, currency=currency, thresholds=self.thresholds)
        found = await self._found(connection, span, currency)
        resources, counts = await _resources(connection, span, currency)
        for each in found:
            counts[each.kind] = counts.get(each.kind, 0) + 1
        return AnomalyReport(
            compared_with=span["before_first"],
            currency=currency,
            thresholds=self.thresholds,
            anomalies=most_important([*found, *resources]),
            counts=counts,
        )

    async def _found(self, connection: AsyncConnection, span: dict[str, Any], currency: Currency) -> list[Anomaly]:
        costs = await connection.execute(_COSTS, span | {"least": self.thresholds.amount})
        credits_ = await connection.execute(_CREDITS, span)
        return [
            *cost_changes(_compared(costs), self.thresholds, currency),
            *vanished_credits(_compared(credits_), currency),
        ]


async def _resources(
    connection: AsyncConnection, span: dict[str, Any], currency: Currency
) -> tuple[list[Anomaly], dict[AnomalyKind, int]]:
    """Return the greatest new and vanished resources, and how many there are of each kind."""
    rows = (await connection.execute(_RESOURCES, span | {"most": _MOST})).all()
    counts = {
        AnomalyKind.NEW_RESOURCE if row.before is None else AnomalyKind.VANISHED_RESOURCE: int(row.many) for row in rows
    }
    return resource_changes(_compared(rows), currency), counts


def _compared(rows: Iterable[Any]) -> Iterable[Compared]:
    return (Compared.model_validate(dict(row._mapping)) for row in rows)


def _span(version: BillVersion, bill: Any) -> dict[str, Any]:
    """Return the parameters of the statements: the month of the bill, and the month before."""
    first: date = bill.period_start
    now, before = Period.month(first.year, first.month), Period.before(first)
    return {
        **version.model_dump(),
        "provider": bill.provider,
        "account": bill.account,
        "currency": bill.currency,
        "now_first": now.start,
        "now_last": now.end,
        "before_first": before.start,
        "before_last": before.end,
    }
