"""The rules of allocation: which lines a rule is for, and who gets which share (docs/specification/bills.md 9.1)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum

from models.values.base_models import Frozen

WHOLE = Decimal(100)


class TargetKind(StrEnum):
    """Who bears a cost."""

    CONTRACT = "contract"
    PROJECT = "project"
    UNALLOCATED = "unallocated"


class Share(Frozen):
    """A part of a rule's cost: the contract or project that gets it, and the percentage."""

    kind: TargetKind
    key: str | None = None
    percent: Decimal = WHOLE


class AllocationRule(Frozen):
    """A dated rule. A line must fit all conditions that are given."""

    key: str
    position: int
    provider: str | None = None
    tag: str | None = None
    tag_value: str | None = None
    resource: str | None = None
    service: str | None = None
    project: str | None = None
    shares: tuple[Share, ...]
    valid_from: date
    valid_to: date | None = None
    active: bool = True

    def is_for(self, provider: str, day: date) -> bool:
        """Return whether the rule applies to the bills of the provider that end on the day."""
        of_provider = self.provider is None or self.provider.casefold() == provider.casefold()
        is_valid = self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        return of_provider and self.active and is_valid


def applying(rules: Iterable[AllocationRule], provider: str, day: date) -> tuple[AllocationRule, ...]:
    """Return the rules for a bill in the order in which they are tried: by position, then by key."""
    return tuple(sorted((r for r in rules if r.is_for(provider, day)), key=lambda rule: (rule.position, rule.key)))
