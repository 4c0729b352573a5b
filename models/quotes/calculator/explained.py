"""One figure of a calculation with the rule, the inputs and the arithmetic that it comes from."""

from decimal import Decimal
from typing import Self

from models.values.base_models import Frozen

RULE_TEXTS = {
    "price.passed_on": "a cost that the client pays, with its markup",
    "cost.team": "billable hours × cost of a month / billable hours of a month, exchanged, rounded once",
    "cost.other": "a cost that the company bears",
    "cost.passed_on": "a cost that the client pays, as the company pays it",
    "overhead.percent": "per cent of the direct cost without what is passed on",
    "overhead.per_head": "the amount of a month for each full-time person",
    "overhead.spread": "the amount of a month / the hours that the company bills × the hours of the team",
    "cost.waiting": "revenue × what money costs in a year × payment days / 365",
    "sum": "a sum of the figures above",
}


class Explained(Frozen):
    """A figure: `amount` counts `times`, so that `total` is its part of the term. It informs only if not `counted`."""

    item: str
    rule: str
    rule_text: str
    formula: str
    amount: Decimal
    times: int = 1
    counted: bool = True
    inputs: dict[str, str] = {}

    @property
    def total(self) -> Decimal:
        """The figure of the whole term."""
        return self.amount * self.times

    @classmethod
    def by(cls, rule: str, item: str, formula: str, amount: Decimal, *, times: int = 1, **inputs: str) -> Self:
        """Return the figure that a rule of the calculator gives."""
        return cls(
            item=item,
            rule=rule,
            rule_text=RULE_TEXTS[rule],
            formula=f"{formula} = {amount}",
            amount=amount,
            times=times,
            inputs=inputs,
        )

    @classmethod
    def sum(cls, item: str, formula: str, amount: Decimal) -> Self:
        """Return a sum of other figures."""
        return cls.by("sum", item, formula, amount)
