"""The rows of a margin report: sums of entries by invoice, contract, client, employee, project or month."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum

from models.quotes.margins.entries import EntryKind, MarginEntry, shown_hours
from models.quotes.margins.write_offs import WriteOffCause
from models.quotes.numbers import percentage
from models.values.base_models import Frozen
from models.values.money import HOUR_SECONDS, ZERO, Currency, round_amount, total


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
    groups: dict[tuple[str, str], list[MarginEntry]] = defaultdict(list)
    names: dict[str, str] = {}
    for each in entries:
        key, name = group_of(each, group_by)
        groups[key, each.place.currency.value].append(each)
        names[key] = name or names.get(key, "")
    return [_row(key, names[key], Currency(currency), of_group) for (key, currency), of_group in sorted(groups.items())]


def group_of(entry: MarginEntry, group_by: GroupBy) -> tuple[str, str]:
    """Return the key and the name of the group of an entry."""
    place = entry.place
    match group_by:
        case GroupBy.INVOICE:
            return place.invoice_id, place.invoice
        case GroupBy.CONTRACT:
            return place.application_key, place.application_name
        case GroupBy.CLIENT:
            return place.customer_key, place.customer_name
        case GroupBy.EMPLOYEE:
            return entry.account_id, entry.employee
        case GroupBy.PROJECT:
            return entry.project, entry.project
        case GroupBy.MONTH:
            return f"{place.month:%Y-%m}", f"{place.month:%Y-%m}"
        case GroupBy.ALL:
            return "", ""


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


def _row(key: str, name: str, currency: Currency, entries: Sequence[MarginEntry]) -> MarginRow:
    worked = [each for each in entries if each.kind is EntryKind.WORK]
    seconds = sum(each.seconds for each in worked)
    costs = [each.cost for each in worked if each.cost is not None]
    revenue, passed_on = total(each.revenue for each in entries), total(each.passed_on for each in entries)
    direct, overhead = total(each.amount for each in costs) + passed_on, total(each.overhead for each in costs)
    without_cost = [each for each in worked if each.is_unknown]
    gross = None if without_cost else revenue - direct
    net = None if gross is None else gross - overhead
    of_work = revenue - total(each.revenue for each in entries if each.kind is EntryKind.RESOLD)
    written_off = [each for entry in entries for each in entry.write_offs]
    value = total(each.value for each in written_off)
    return MarginRow(
        key=key,
        name=name,
        currency=currency,
        invoices=len({each.place.invoice_id for each in entries} - {""}),
        hours=shown_hours(seconds),
        revenue=revenue,
        direct_cost=direct,
        passed_on_cost=passed_on,
        overhead=overhead,
        gross_margin=gross,
        gross_percent=_percent(gross, revenue),
        net_margin=net,
        net_percent=_percent(net, revenue),
        effective_rate=round_amount(of_work * HOUR_SECONDS / seconds, currency) if seconds else None,
        write_off_hours=shown_hours(sum(each.seconds for each in written_off)),
        write_off_value=value,
        realisation_percent=_percent(of_work, of_work + value),
        open_hours=shown_hours(sum(each.seconds for each in entries if each.kind is EntryKind.OPEN)),
        hours_without_cost=shown_hours(sum(each.seconds for each in without_cost)),
    )


def _percent(part: Decimal | None, whole: Decimal) -> Decimal | None:
    return None if part is None or whole <= 0 else percentage(part, whole)
