"""Worklogs as a contract's rules see them: the tier of each, the seconds it is billed for, or why it is not."""

from collections.abc import Iterable

from models.contracts.contract import Contract
from models.contracts.rate_rule import RateRule, Tier, billable_seconds
from models.contracts.terms import BillingRules, NotBilled
from models.contracts.worklog import Worklog
from models.values.base_models import Frozen


class BillableWorklog(Frozen):
    """`tier` is that of the worklog alone: whether it lies above a monthly limit depends on all before it."""

    worklog: Worklog
    tier: Tier
    billable_seconds: int
    not_billed: NotBilled | None = None


class WorkedTotals(Frozen):
    seconds: int = 0
    billable_seconds: int = 0
    not_billed_seconds: int = 0
    by_tier: dict[Tier, int] = {}


def classify_worklogs(
    worklogs: Iterable[Worklog], application: Contract, rules: BillingRules
) -> tuple[BillableWorklog, ...]:
    rule = rules.rate_rule or RateRule.of(application)
    return tuple(_seen(worklog, rule, rules.why_not_billed(worklog)) for worklog in worklogs)


def add_up(worked: Iterable[BillableWorklog]) -> WorkedTotals:
    """`seconds` are those logged, `by_tier` those billed."""
    seconds, not_billed = 0, 0
    by_tier: dict[Tier, int] = {}
    for each in worked:
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


def _seen(worklog: Worklog, rule: RateRule, not_billed: NotBilled | None) -> BillableWorklog:
    billable = 0 if not_billed else billable_seconds(worklog)
    return BillableWorklog(worklog=worklog, tier=rule.tier(worklog), billable_seconds=billable, not_billed=not_billed)
