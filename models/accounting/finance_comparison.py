"""What has changed between the finance dashboards of two days (docs/specification/dashboard.md 7)."""

from models.accounting.ageing import BUCKETS, Age
from models.accounting.finance_figures import added
from models.accounting.finance_snapshot import AgedSum, CurrencyFigures, FinanceFigures
from models.accounting.finance_sums import Sum
from models.values.base_models import Frozen
from models.values.money import Currency


class Difference(Frozen):
    """What has changed in one currency from the day compared with: this day's figures minus that day's."""

    currency: Currency
    outstanding: Sum
    due_soon: Sum
    late: Sum
    rejected: Sum
    ageing: tuple[AgedSum, ...]


def differences(these: FinanceFigures, those: FinanceFigures) -> tuple[Difference, ...]:
    """Return these figures minus those, for each currency of either day."""
    mine, theirs = ({each.currency: each for each in day.currencies} for day in (these, those))
    return tuple(_difference(currency, mine.get(currency), theirs.get(currency)) for currency in sorted(mine | theirs))


def _difference(currency: Currency, mine: CurrencyFigures | None, theirs: CurrencyFigures | None) -> Difference:
    def bucket(figures: CurrencyFigures | None, name: Age) -> Sum:
        found = [each for each in figures.ageing if each.days_late == name] if figures else []
        return added(Sum(invoices=each.invoices, amount=each.amount) for each in found)

    none = Sum()
    changes = {name: bucket(mine, name) - bucket(theirs, name) for name in BUCKETS}
    return Difference(
        currency=currency,
        outstanding=(mine.outstanding if mine else none) - (theirs.outstanding if theirs else none),
        due_soon=(mine.due_soon if mine else none) - (theirs.due_soon if theirs else none),
        late=(mine.late if mine else none) - (theirs.late if theirs else none),
        rejected=(mine.rejected if mine else none) - (theirs.rejected if theirs else none),
        ageing=tuple(AgedSum(days_late=n, invoices=each.invoices, amount=each.amount) for n, each in changes.items()),
    )
