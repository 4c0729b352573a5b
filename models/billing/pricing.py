"""The pricing of worklogs: the lines of SUP, HR and FP contracts (docs/specification/pricing.md 4, 5).

All three deal types group billable time by issue and tier. They differ in what is charged: SUP charges a monthly base
and the hours above a limit, HR every hour, FP a fixed amount. Every line names its rule and its worklogs, from which
`explain` recomputes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from models.contracts.contract import Contract, DealType
from models.contracts.rate_rule import RateRule, Tier, billable_seconds
from models.contracts.worklog import Worklog
from models.invoice.content.basis import ClientType, WorklogSource
from models.invoice.content.line_descriptions import (
    OVERTIME,
    fixed_work_description,
    overtime_description,
    support_description,
    task_description,
)
from models.invoice.content.lines import Line, LineType
from models.values.money import HOUR_SECONDS, Currency, apportion, hours, round_amount
from models.values.period import Period


@dataclass(frozen=True)
class Share:
    """A worklog, or the part of it that lies on one side of the monthly limit."""

    worklog: Worklog
    tier: Tier
    seconds: int


def client_type(contract: Contract, swift_bic: str) -> ClientType:
    """Return international if the SWIFT code is longer than two characters or the currency is not UZS, else local.

    See docs/specification/pricing.md 1.2.
    """
    foreign = len(swift_bic) > 2 or contract.currency != Currency.UZS
    return ClientType.INTERNATIONAL if foreign else ClientType.LOCAL


def base_amount(contract: Contract, kind: ClientType) -> Decimal:
    """Return `invoice_amount` if the client is international and it is set, else `deal_amount`.

    See docs/specification/pricing.md 1.2.
    """
    if kind is ClientType.INTERNATIONAL and contract.invoice_amount > 0:
        return contract.invoice_amount
    return contract.deal_amount


def price_worklogs(
    contract: Contract, kind: ClientType, rule: RateRule, worklogs: Sequence[Worklog], period: Period
) -> tuple[Line, ...]:
    """Return the lines of an invoice for these worklogs, numbered L1, L2 and so on."""
    currency = Currency(contract.currency)
    shares = shares_of(rule, worklogs)
    match contract.deal_type:
        case DealType.SUP:
            lines = _support(contract, kind, rule, shares, period, currency)
        case DealType.HR:
            lines = _tasks(shares, rule, currency, rule_name="HR.task", billed=True)
        case DealType.FP:
            # A fixed price has no multipliers (docs/specification/pricing.md 4.6), so the task lines show none.
            plain_shares = [replace(share, tier=Tier.STANDARD) for share in shares]
            amount = round_amount(base_amount(contract, kind), currency)
            base = _single_amount(
                LineType.FIXED, fixed_work_description(contract.application_name, period), amount, "FP.base"
            )
            lines = [base, *_tasks(plain_shares, rule, currency, rule_name="FP.task", billed=False)]
    return tuple(line.model_copy(update={"id": f"L{n}"}) for n, line in enumerate(lines, 1))


def shares_of(rule: RateRule, worklogs: Iterable[Worklog]) -> list[Share]:
    """Return the worklogs with their tiers and billable time, in the order in which they fill a monthly limit.

    They are sorted by time and then by keys, so that the order of the database's rows has no influence.
    """
    ordered = sorted(
        worklogs, key=lambda w: (w.started_on, w.started_at is None, w.started_at, w.issue_key, w.worklog_id)
    )
    return [Share(w, rule.tier(w), billable_seconds(w)) for w in ordered]


def _support(
    contract: Contract,
    kind: ClientType,
    rule: RateRule,
    shares: list[Share],
    period: Period,
    currency: Currency,
) -> list[Line]:
    base = round_amount(base_amount(contract, kind), currency)
    if not shares and not rule.bill_base_when_empty:
        base = Decimal("0.00")
    lines = [_single_amount(LineType.SUPPORT, support_description(period), base, "SUP.base")]
    lines += overtime_lines(split_at_limit(shares, rule.monthly_limit_hours), shares, rule, currency)
    return lines + _tasks(shares, rule, currency, rule_name="SUP.task", billed=False)


def split_at_limit(shares: Iterable[Share], limit_hours: Decimal) -> list[Share]:
    """Return the parts of the shares that lie above the limit.

    The shares fill the limit in chronological order; one share may lie on both sides of it.

    See docs/specification/pricing.md 4.4.
    """
    remaining = int(limit_hours * HOUR_SECONDS)
    above = []
    for share in shares:
        inside = min(remaining, share.seconds)
        remaining -= inside
        if share.seconds > inside:
            above.append(replace(share, seconds=share.seconds - inside))
    return above


def overtime_lines(above: list[Share], shares: list[Share], rule: RateRule, currency: Currency) -> list[Line]:
    """Return one line for each multiplier: hours x hourly rate x max(overtime, the worklog's own tier).

    The quantities add up to exactly total hours - limit, so that a reader can verify the document.
    See docs/specification/pricing.md 4.4.
    """
    groups: dict[Decimal, list[Share]] = {}
    for share in above:
        groups.setdefault(max(rule.overtime_multiplier, rule.multiplier(share.tier)), []).append(share)
    total_overtime = hours(sum(s.seconds for s in shares)) - rule.monthly_limit_hours
    factors = sorted(groups)
    quantities = apportion([sum(s.seconds for s in groups[factor]) for factor in factors], total_overtime)
    return [
        Line(
            id="",
            line_type=LineType.OVERTIME,
            description=OVERTIME if len(factors) == 1 else overtime_description(factor),
            quantity=quantity,
            unit_price=rule.base_hourly_rate,
            line_total=round_amount(quantity * rule.base_hourly_rate * factor, currency),
            rate_multiplier=factor,
            source=WorklogSource(
                rate_tier=Tier.OVERTIME,
                billable_seconds=sum(s.seconds for s in groups[factor]),
                worked_on=_days(groups[factor]),
                worklogs=_ids(groups[factor]),
            ),
            rule="SUP.overtime",
        )
        for factor, quantity in zip(factors, quantities, strict=True)
        if quantity > 0
    ]


def _tasks(shares: Sequence[Share], rule: RateRule, currency: Currency, *, rule_name: str, billed: bool) -> list[Line]:
    """Return one line for each issue and tier; a SUP-* task linked by "duplicates" counts for the linked issue.

    See docs/specification/pricing.md 5.1.
    """
    summaries = _summaries(shares)
    groups: dict[tuple[str, Tier], list[Share]] = {}
    for share in shares:
        groups.setdefault((issue_of(share.worklog), share.tier), []).append(share)
    lines = []
    for (issue, tier), members in sorted(groups.items()):
        seconds = sum(share.seconds for share in members)
        quantity, factor = hours(seconds), rule.multiplier(tier)
        lines.append(
            Line(
                id="",
                line_type=LineType.TASK,
                description=task_description(issue, summaries[issue]),
                quantity=quantity,
                unit_price=rule.base_hourly_rate,
                line_total=round_amount(quantity * rule.base_hourly_rate * factor, currency),
                rate_multiplier=factor,
                source=WorklogSource(
                    jira_key=issue,
                    rate_tier=tier,
                    time_seconds=sum(share.worklog.seconds for share in members),
                    billable_seconds=seconds,
                    worked_on=_days(members),
                    worklogs=_ids(members),
                ),
                billed=billed,
                rule=rule_name,
            )
        )
    return lines


def _single_amount(line_type: LineType, description: str, amount: Decimal, rule: str) -> Line:
    return Line(
        id="",
        line_type=line_type,
        description=description,
        quantity=Decimal(1),
        unit_price=amount,
        line_total=amount,
        rule=rule,
    )


def issue_of(worklog: Worklog) -> str:
    """Return the issue under which the worklog is billed (docs/specification/pricing.md 5.1)."""
    if worklog.issue_key.startswith("SUP-") and worklog.linked_issue_key:
        return worklog.linked_issue_key
    return worklog.issue_key


def _summaries(shares: Sequence[Share]) -> dict[str, str]:
    """Return the summaries by issue: the issue's own if it has a worklog, else that of a task linked to it."""
    linked = {issue_of(share.worklog): share.worklog.issue_summary for share in reversed(shares)}
    own = {share.worklog.issue_key: share.worklog.issue_summary for share in reversed(shares)}
    return {issue: own.get(issue, summary) for issue, summary in linked.items()}


def _days(members: list[Share]) -> tuple[date, ...]:
    return tuple(sorted({share.worklog.started_on for share in members}))


def _ids(members: list[Share]) -> tuple[str, ...]:
    return tuple(share.worklog.worklog_id for share in members)
