"""Reads what cloud cost is allocated to contracts, the contracts' rules of resale, and exchange rates."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from models.billing.cloud_lines import CloudCost, CloudCosts
from models.contracts.resale import ResaleRule
from models.settings.exchange_rate import ExchangeRate
from models.values.period import Period

# The bills of which all days lie inside the period, in their newest version.
_COSTS: Final = text(
    """
    SELECT allocations.target_key AS contract, bills.id AS bill_id, bills.version AS bill_version, runs.run,
        array_agg(allocations.number ORDER BY allocations.number) AS allocations, bills.provider, bills.issuer,
        bills.provider_invoice_id, bills.number, bills.currency, bills.status, bills.adds_up, allocations.service,
        sum(allocations.amount) AS amount, CAST(sum(allocations.line_count) AS bigint) AS line_count
    FROM cost_allocations AS allocations
    JOIN vendor_bills AS bills ON bills.id = allocations.bill_id AND bills.version = allocations.version
    JOIN cost_allocation_runs AS runs ON runs.bill_id = bills.id AND runs.version = bills.version
    WHERE allocations.target_kind = 'contract' AND allocations.target_key = ANY(CAST(:keys AS text[]))
        AND bills.period_start >= :start AND bills.period_end <= :end AND bills.status <> 'voided'
    GROUP BY allocations.target_key, bills.id, runs.run, allocations.service
    ORDER BY allocations.target_key, bills.period_start, bills.id, allocations.service
    """
)
_RULES: Final = text(
    """
    SELECT DISTINCT ON (contract) contract, id, trim_scale(margin_percent) AS margin_percent, minimum FROM resale_rules
    WHERE contract = ANY(CAST(:keys AS text[])) AND active AND valid_from <= :day
        AND (valid_to IS NULL OR valid_to >= :day)
    ORDER BY contract, valid_from DESC
    """
)
_RATES: Final = text(
    """
    SELECT DISTINCT ON (from_currency, to_currency) from_currency, to_currency, units, trim_scale(rate) AS rate,
        valid_from, valid_to, source
    FROM exchange_rates
    WHERE active AND valid_from <= :day AND (valid_to IS NULL OR valid_to >= :day)
    ORDER BY from_currency, to_currency, valid_from DESC
    """
)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class CloudCostReader:
    """Finds for a draft the cost that it may resell."""

    engine: AsyncEngine

    async def of(self, application_key: str, period: Period) -> CloudCosts:
        """Return the costs of one contract."""
        return (await self.of_contracts([application_key], period))[application_key]

    async def of_contracts(self, application_keys: Collection[str], period: Period) -> dict[str, CloudCosts]:
        """Return the costs of each contract, with three queries at most."""
        keys = list(application_keys)
        given = {"keys": keys, "start": period.start, "end": period.end + _DAY, "day": period.end}
        costs: dict[str, list[CloudCost]] = {key: [] for key in keys}
        rules: dict[str, ResaleRule] = {}
        rates: tuple[ExchangeRate, ...] = ()
        async with self.engine.connect() as connection:
            for row in await connection.execute(_COSTS, given):
                costs[row.contract].append(CloudCost.model_validate(_fields(row)))
            if any(costs.values()):
                rules = {row.contract: _rule(row) for row in await connection.execute(_RULES, given)}
                rates = tuple(
                    ExchangeRate.model_validate(_fields(row)) for row in await connection.execute(_RATES, given)
                )
        return {key: CloudCosts(rule=rules.get(key), costs=tuple(costs[key]), rates=rates) for key in keys}


def _fields(row: Any) -> dict[str, Any]:
    return dict(row._mapping)


def _rule(row: Any) -> ResaleRule:
    return ResaleRule.model_validate(_fields(row))
