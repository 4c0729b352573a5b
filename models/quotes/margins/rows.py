"""The rows of a margin report: sums of entries by invoice, contract, client, employee, project or month."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum

from models.quotes.margins.entries import EntryKind, MarginEntry, shown_hours
from models.quotes.margins.write_offs import WriteOffCause
from models.quotes.numbers import percentage
from models.values.base_models import Frozen
from models.values.money import HOUR_SECONDS, ZERO, Currency, round_amount


class GroupBy(StrEnum):
    """What a row sums up; `all` is one row for each currency."""

    INVOICE = "invoice"
    CONTRACT = "contract"
    CLIENT = "client"
    EMPLOYEE = "employee"
    PROJECT = "project"
    MONTH = "month"
    ALL = "all"


class MarginRow(Frozen):
    """The margin of one invoice, contract, client, person, project or month in one currency.

    The margins are None while a cost is missing: nothing is guessed.
    """

    key: str
    name: str
    currency: Currency
    invoices: int
    hours: Decimal
    revenue: Decimal
    direct_cost: Decimal
    passed_on_cost: Decimal
    overhead: Decimal
    gross_margin: Decimal | None
    gross_percent: Decimal | None
    net_margin: Decimal | None
    net_percent: Decimal | None
    effective_rate: Decimal | None
    write_off_hours: Decimal
    write_off_value: Decimal
    realisation_percent: Decimal | None
    open_hours: Decimal
    hours_without_cost: Decimal

    @property
    def is_complete(self) -> bool:
        """Whether every cost is known."""
        return self.net_margin is not None


class WriteOffSum(Frozen):
    """The write-offs of one cause in one currency."""

    cause: WriteOffCause
    currency: Currency
    hours: Decimal
    value: Decimal


def margin_rows(entries: Iterable[MarginEntry], group_by: GroupBy) -> list[MarginRow]:
    """Return a row for each group and currency, by key."""
    groups: dict[tuple[str, Currency], _Sums] = defaultdict(_Sums)
    names: dict[str, str] = {}
    group_of = _GROUPS[group_by]
    for each in entries:
        key, name = group_of(each)
        groups[key, each.place.currency].add(each)
        if name or key not in names:
            names[key] = name
    return [_row(key, names[key], currency, sums) for (key, currency), sums in sorted(groups.items())]


# The key and the name of the group of an entry.
_GROUPS: Mapping[GroupBy, Callable[[MarginEntry], tuple[str, str]]] = {
    GroupBy.INVOICE: lambda entry: (entry.place.invoice_id, entry.place.invoice),
    GroupBy.CONTRACT: lambda entry: (entry.place.application_key, entry.place.application_name),
    GroupBy.CLIENT: lambda entry: (entry.place.customer_key, entry.place.customer_name),
    GroupBy.EMPLOYEE: lambda entry: (entry.account_id, entry.employee),
    GroupBy.PROJECT: lambda entry: (entry.project, entry.project),
    GroupBy.MONTH: lambda entry: (entry.place.month_label, entry.place.month_label),
    GroupBy.ALL: lambda _: ("", ""),
}


def write_off_sums(entries: Iterable[MarginEntry]) -> list[WriteOffSum]:
    """Return the write-offs by cause and currency."""
    seconds: dict[tuple[Currency, WriteOffCause], int] = defaultdict(int)
    values: dict[tuple[Currency, WriteOffCause], Decimal] = defaultdict(lambda: ZERO)
    for entry in entries:
        for each in entry.write_offs:
            seconds[entry.place.currency, each.cause] += each.seconds
            values[entry.place.currency, each.cause] += each.value
    order = list(WriteOffCause)
    return [
        WriteOffSum(cause=cause, currency=currency, hours=shown_hours(seconds[currency, cause]), value=value)
        for (currency, cause), value in sorted(values.items(), key=lambda each: (each[0][0], order.index(each[0][1])))
    ]


class _Sums:
    """The sums of the entries of a group, which are added one by one."""

    def __init__(self) -> None:
        self.invoices: set[str] = set()
        self.seconds = self.open_seconds = self.seconds_without_cost = self.write_off_seconds = 0
        self.revenue = self.resold = self.cost = self.passed_on = self.overhead = self.write_off_value = ZERO
        self.is_complete = True

    def add(self, entry: MarginEntry) -> None:
        if entry.place.invoice_id:
            self.invoices.add(entry.place.invoice_id)
        self.revenue += entry.revenue
        match entry.kind:
            case EntryKind.WORK:
                self._add_work(entry)
            case EntryKind.OPEN:
                self.open_seconds += entry.seconds
            case EntryKind.RESOLD:
                self.resold += entry.revenue
                self.passed_on += entry.passed_on
        for each in entry.write_offs:
            self.write_off_seconds += each.seconds
            self.write_off_value += each.value

    def _add_work(self, entry: MarginEntry) -> None:
        self.seconds += entry.seconds
        if entry.cost is None:
            self.is_complete = False
            self.seconds_without_cost += entry.seconds
        else:
            self.cost += entry.cost.amount
            self.overhead += entry.cost.overhead


def _row(key: str, name: str, currency: Currency, sums: _Sums) -> MarginRow:
    direct, of_work = sums.cost + sums.passed_on, sums.revenue - sums.resold
    gross = sums.revenue - direct if sums.is_complete else None
    net = None if gross is None else gross - sums.overhead
    return MarginRow(
        key=key,
        name=name,
        currency=currency,
        invoices=len(sums.invoices),
        hours=shown_hours(sums.seconds),
        revenue=sums.revenue,
        direct_cost=direct,
        passed_on_cost=sums.passed_on,
        overhead=sums.overhead,
        gross_margin=gross,
        gross_percent=_percent(gross, sums.revenue),
        net_margin=net,
        net_percent=_percent(net, sums.revenue),
        effective_rate=round_amount(of_work * HOUR_SECONDS / sums.seconds, currency) if sums.seconds else None,
        write_off_hours=shown_hours(sums.write_off_seconds),
        write_off_value=sums.write_off_value,
        realisation_percent=_percent(of_work, of_work + sums.write_off_value),
        open_hours=shown_hours(sums.open_seconds),
        hours_without_cost=shown_hours(sums.seconds_without_cost),
    )


def _percent(part: Decimal | None, whole: Decimal) -> Decimal | None:
    return None if part is None or whole <= 0 else percentage(part, whole)
