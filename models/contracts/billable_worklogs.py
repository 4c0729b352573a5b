"""The classification of worklogs by a contract's rules: tier, billable seconds, or the reason for not billing."""

from collections.abc import Iterable

from models.contracts.contract import Contract
from models.contracts.rate_rule import RateRule, Tier, billable_seconds
from models.contracts.terms import BillingRules, NotBilled
from models.contracts.worklog import Worklog
from models.values.base_models import Frozen


class BillableWorklog(Frozen):
    """A worklog with its tier and the seconds that are billed for it.

    `tier` is never overtime: whether a worklog lies above the monthly limit depends on all earlier ones.
    """

    worklog: Worklog
    tier: Tier
    billable_seconds: int
    not_billed: NotBilled | None = None


class WorkedTotals(Frozen):
    """Sums in seconds: `seconds` and `not_billed_seconds` as logged, `billable_seconds` and `by_tier` as billed."""

    seconds: int = 0
    billable_seconds: int = 0
    not_billed_seconds: int = 0
    by_tier: dict[Tier, int] = {}


def classify_worklogs(
    worklogs: Iterable[Worklog], contract: Contract, rules: BillingRules
) -> tuple[BillableWorklog, ...]:
    """Return the worklogs in the same order, each classified by the contract's rules."""
    rule = rules.rate_rule or RateRule.of(contract)
    return tuple(_classify(worklog, rule, rules.why_not_billed(worklog)) for worklog in worklogs)


def add_up(worklogs: Iterable[BillableWorklog]) -> WorkedTotals:
    """Return the sums of the worklogs."""
    seconds, not_billed = 0, 0
    by_tier: dict[Tier, int] = {}
    for each in worklogs:
        seconds += each.worklog.seconds
        if each.not_billed is None:
            by_tier[each.tier] = by_tier.get(each.tier, 0) + each.billable_seconds
        else:
            not_billed += each.worklog.seconds
    return WorkedTotals(
        seconds=seconds,
        billable_seconds=sum(by_tier.values()),
        not_billed_seconds=not_billed,
        by_tier={tier: by_tier[tier] for tier in Tier if tier in by_tier},
    )


def _classify(worklog: Worklog, rule: RateRule, not_billed: NotBilled | None) -> BillableWorklog:
    billable = 0 if not_billed else billable_seconds(worklog)
    return BillableWorklog(worklog=worklog, tier=rule.tier(worklog), billable_seconds=billable, not_billed=not_billed)
