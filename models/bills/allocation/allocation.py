"""The allocation of a bill's cost: each line goes to the shares of one rule (docs/specification/bills.md 9.2)."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from models.bills.allocation.rule import AllocationRule, Share, TargetKind
from models.bills.allocation.shares import minor_units, split
from models.values.base_models import Frozen
from models.values.currencies import MINOR_UNITS, Currency

_NOBODY = Share(kind=TargetKind.UNALLOCATED)


class AllocationSource(StrEnum):
    """What allocated a cost."""

    RULE = "rule"
    RESOURCE = "resource"  # the contract or project of the matched resource
    NONE = "none"


class CostGroup(Frozen):
    """The sum of the lines of one service that one rule allocates, or of those that no rule does.

    `rule_position` is the place of the rule in the order in which the rules were tried, from 0. Without a rule,
    `contract` and `project` are those of the resource.
    """

    rule_position: int | None = None
    contract: str | None = None
    project: str | None = None
    service: str
    amount: Decimal
    line_count: int


class Allocation(Frozen):
    """The cost of one service that goes to one target."""

    target_kind: TargetKind
    target_key: str | None
    source: AllocationSource
    rule: str | None
    rule_position: int | None
    percent: Decimal
    service: str
    amount: Decimal
    amount_minor: int
    line_count: int


def allocate(
    groups: Sequence[CostGroup], rules: Sequence[AllocationRule], net_minor: int, currency: Currency
) -> tuple[Allocation, ...]:
    """Return the allocations of a bill. The amounts add up to those of the groups, the minor units to `net_minor`."""
    parts: list[tuple[CostGroup, Share, Decimal]] = []
    for group in groups:
        shares = _shares(group, rules)
        amounts = split(group.amount, [share.percent for share in shares])
        parts += [(group, share, amount) for share, amount in zip(shares, amounts, strict=True)]
    minor = minor_units([amount for _, _, amount in parts], net_minor, MINOR_UNITS[currency])
    return tuple(
        Allocation(
            target_kind=share.kind,
            target_key=share.key,
            source=_source(group, share),
            rule=None if group.rule_position is None else rules[group.rule_position].key,
            rule_position=group.rule_position,
            percent=share.percent,
            service=group.service,
            amount=amount,
            amount_minor=units,
            line_count=group.line_count,
        )
        for (group, share, amount), units in zip(parts, minor, strict=True)
    )


def _shares(group: CostGroup, rules: Sequence[AllocationRule]) -> tuple[Share, ...]:
    if group.rule_position is not None:
        return rules[group.rule_position].shares
    if group.contract is not None:
        return (Share(kind=TargetKind.CONTRACT, key=group.contract),)
    if group.project is not None:
        return (Share(kind=TargetKind.PROJECT, key=group.project),)
    return (_NOBODY,)


def _source(group: CostGroup, share: Share) -> AllocationSource:
    if group.rule_position is not None:
        return AllocationSource.RULE
    return AllocationSource.NONE if share.kind is TargetKind.UNALLOCATED else AllocationSource.RESOURCE
