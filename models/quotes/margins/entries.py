"""The entries of a margin: each worklog with its revenue and cost, and what an invoice charges without work.

All rows of all groupings are sums of these entries, so that they agree with each other and with the drill-down.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from models.contracts.rate_rule import RateRule, billable_seconds
from models.contracts.terms import NotBilled
from models.contracts.worklog import Worklog
from models.invoice.content.basis import CLOUD_CLAIM
from models.invoice.content.worklogs import worklogs_of
from models.quotes.calculator.cost_book import CalculationRefused
from models.quotes.margins.facts import ContractWork, LiveInvoice, MarginFacts, Missing, MissingKind
from models.quotes.margins.missing import MissingCosts
from models.quotes.margins.revenue import CloudShare, divided_revenue, invoice_seconds, net_revenue
from models.quotes.margins.work_cost import Unknown, WorkCost, WorkCosts
from models.quotes.margins.write_offs import Convert, WriteOff, WriteOffCause, list_value, write_offs_of
from models.settings.exchange_rate import Conversion, ExchangeRate
from models.values.money import ZERO, Currency, hours, round_amount
from models.values.period import Period

_CURRENCIES = frozenset(each.value for each in Currency)


class EntryKind(StrEnum):
    """What an entry stands for."""

    WORK = "work"
    RESOLD = "resold"
    OTHER = "other"
    OPEN = "open"
    UNBILLED = "unbilled"


@dataclass(frozen=True)
class Place:
    """Where an entry belongs. `month` is the first day of the invoice's month, or of that of work without invoice."""

    application_key: str
    application_name: str
    customer_key: str
    customer_name: str
    month: date
    currency: Currency
    invoice_id: str = ""
    invoice: str = ""

    @cached_property
    def month_label(self) -> str:
        """The month as a row shows it: `2026-02`."""
        return f"{self.month:%Y-%m}"


@dataclass(frozen=True)
class MarginEntry:
    """One worklog, one resold cost, or what an invoice charges without either.

    `cost` is None where it is not known, and of work without an invoice, which has no margin yet.
    """

    kind: EntryKind
    place: Place
    account_id: str = ""
    employee: str = ""
    project: str = ""
    worklog_id: str = ""
    worklog: Worklog | None = None
    seconds: int = 0
    revenue: Decimal = ZERO
    cost: WorkCost | None = None
    passed_on: Decimal = ZERO
    write_offs: tuple[WriteOff, ...] = ()

    @property
    def billable_seconds(self) -> int:
        """The seconds that the worklog counts on an hourly invoice; 0 without one."""
        return billable_seconds(self.worklog) if self.worklog else 0

    @property
    def is_unknown(self) -> bool:
        """Whether its margin is not known, because a cost is missing."""
        return self.kind is EntryKind.WORK and self.cost is None


@dataclass(frozen=True)
class MarginEntries:
    """All entries, what is missing to know the others' costs, the exchange rates that were used, and warnings."""

    entries: tuple[MarginEntry, ...]
    missing: tuple[Missing, ...] = ()
    exchange_rates: tuple[ExchangeRate, ...] = ()
    warnings: tuple[str, ...] = ()


def margin_entries(facts: MarginFacts) -> MarginEntries:
    """Return the entries of the months. Raise CalculationRefused if the revenue cannot be shown in the currency."""
    return _Reader(facts).read()


@dataclass
class _Reader:
    facts: MarginFacts
    missing: MissingCosts = field(default_factory=MissingCosts)
    warnings: list[str] = field(default_factory=list)
    places: dict[tuple[str, date], Place] = field(default_factory=dict)
    rules: dict[tuple[str, date], RateRule] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.costs = WorkCosts(self.facts.book)
        self.names = _names(self.facts.work)

    def read(self) -> MarginEntries:
        issued = [each for each in self.facts.invoices if each.is_issued and self._begins_inside(each)]
        entries = [entry for each in issued for entry in self._of_invoice(each)]
        entries += self._without_invoice(issued)
        return MarginEntries(
            entries=tuple(entries),
            missing=self.missing.found(),
            exchange_rates=tuple(self.costs.used),
            warnings=tuple(self.warnings),
        )

    def _begins_inside(self, invoice: LiveInvoice) -> bool:
        return self.facts.months.start <= invoice.content.period.start <= self.facts.months.end

    def _of_invoice(self, invoice: LiveInvoice) -> Iterator[MarginEntry]:
        content, service = invoice.content, invoice.content.service
        place = Place(
            application_key=service.application_key,
            application_name=service.application_name,
            customer_key=service.customer_key,
            customer_name=content.customer.name,
            month=content.period.start.replace(day=1),
            currency=self.facts.currency or content.currency,
            invoice_id=invoice.id,
            invoice=invoice.name,
        )
        convert = self._converter(content.currency, place.currency, content.period.end)
        work = self.facts.work.get(service.application_key)
        present = {each.worklog_id: each for each in work.worklogs} if work else {}
        divided = divided_revenue(content, convert(net_revenue(content)), place.currency)
        written_off = write_offs_of(content, present, convert, place.currency)
        changed = 0
        frozen = invoice_seconds(content)
        for key, seconds in frozen.items():
            worklog = present.get(key)
            if worklog is None:
                self._not_there(invoice, key, seconds)
            else:
                changed += key in service.worklogs and worklog.seconds != seconds
            yield self._of_worklog(place, key, seconds, worklog, divided.by_worklog.get(key, ZERO), written_off[key])
        if changed:
            self.warnings.append(
                f"{changed} worklogs of {invoice.name} have other times now than on the invoice. The cost is that of "
                "the present times, the revenue that of the invoice."
            )
        for each in divided.cloud:
            yield _resold(place, each, convert, content.currency)
        if divided.rest or not (frozen or divided.cloud):
            yield MarginEntry(kind=EntryKind.OTHER, place=place, revenue=divided.rest)

    def _of_worklog(
        self,
        place: Place,
        key: str,
        seconds: int,
        worklog: Worklog | None,
        revenue: Decimal,
        written_off: Iterable[WriteOff],
    ) -> MarginEntry:
        if worklog is None:
            return MarginEntry(
                kind=EntryKind.WORK,
                place=place,
                worklog_id=key,
                seconds=seconds,
                revenue=revenue,
                write_offs=tuple(written_off),
            )
        cost = self.costs.of(worklog, place.currency)
        if isinstance(cost, Unknown):
            self.missing.add(cost.kind, cost.name, worklog.started_on, worklog.seconds)
        return MarginEntry(
            kind=EntryKind.WORK,
            place=place,
            account_id=worklog.account_id,
            employee=self.names[worklog.account_id],
            project=worklog.project_label,
            worklog_id=key,
            worklog=worklog,
            seconds=worklog.seconds,
            revenue=revenue,
            cost=None if isinstance(cost, Unknown) else cost,
            write_offs=tuple(written_off),
        )

    def _not_there(self, invoice: LiveInvoice, key: str, seconds: int) -> None:
        service = invoice.content.service
        if reason := self.facts.unread.get(service.application_key):
            name = f"{service.application_key}: {reason}"
            self.missing.add(MissingKind.CONTRACT, name, service.period.start, seconds)
        else:
            self.missing.add(MissingKind.WORKLOG, f"{key} of {invoice.name}", service.period.start, seconds)

    def _without_invoice(self, issued: Iterable[LiveInvoice]) -> Iterator[MarginEntry]:
        """Yield the work of the months that is on no issued invoice: open work, and work that is not billed."""
        taken = {each for invoice in issued for each in worklogs_of(invoice.content)}
        for invoice in self.facts.invoices:
            if not self._begins_inside(invoice):
                taken |= worklogs_of(invoice.content)
        taken = {each for each in taken if not each.startswith(CLOUD_CLAIM)}
        first, last = self.facts.months.start, self.facts.months.end
        for _, work in sorted(self.facts.work.items()):
            if work.contract.currency in _CURRENCIES:
                for worklog in work.worklogs:
                    day, key = worklog.started_on, worklog.worklog_id
                    if first <= day <= last and key not in taken and work.contract.runs_on(day):
                        taken.add(key)
                        reason = self.facts.rules.why_not_billed(worklog)
                        if reason is not NotBilled.NO_TIME:
                            yield self._alone(work, worklog, reason)

    def _alone(self, work: ContractWork, worklog: Worklog, reason: NotBilled | None) -> MarginEntry:
        """Return the entry of a worklog that no issued invoice bills."""
        place = self._place_of(work, worklog.started_on.replace(day=1))
        return MarginEntry(
            kind=EntryKind.UNBILLED if reason else EntryKind.OPEN,
            place=place,
            account_id=worklog.account_id,
            employee=self.names[worklog.account_id],
            project=worklog.project_label,
            worklog_id=worklog.worklog_id,
            worklog=worklog,
            seconds=worklog.seconds,
            write_offs=(self._unbilled(work, worklog, reason, place),) if reason else (),
        )

    def _place_of(self, work: ContractWork, month: date) -> Place:
        """Return the place of work without an invoice; the work of a contract and month has one."""
        contract = work.contract
        key = contract.application_key, month
        if key not in self.places:
            self.places[key] = Place(
                application_key=contract.application_key,
                application_name=contract.application_name,
                customer_key=contract.customer_key,
                customer_name=work.customer_name,
                month=month,
                currency=self.facts.currency or Currency(contract.currency),
            )
        return self.places[key]

    def _unbilled(self, work: ContractWork, worklog: Worklog, reason: NotBilled, place: Place) -> WriteOff:
        own = Currency(work.contract.currency)
        last = Period.month(place.month.year, place.month.month).end
        key = place.application_key, place.month
        if key not in self.rules:
            self.rules[key] = work.rule_on(last)
        rule = self.rules[key]
        value = list_value(worklog.seconds, rule, rule.tier(worklog), own)
        converted = self._converter(own, place.currency, last)(value)
        return WriteOff(WriteOffCause(reason.value), worklog.seconds, converted)

    def _converter(self, source: Currency, target: Currency, day: date) -> Convert:
        """Return how the amounts of a day are converted. Raise CalculationRefused without an exchange rate."""
        found: Conversion | None = self.costs.conversion(source, target, day)
        if found is None:
            raise CalculationRefused(
                "currency", f"there is no exchange rate between {source} and {target} on {day}; add one"
            )
        self.costs.used |= dict.fromkeys(found.rates)
        return found.convert


def _names(work: Mapping[str, ContractWork]) -> dict[str, str]:
    """Return the name of each person: that of the newest worklog, because a person may have been renamed."""
    newest: dict[str, tuple[date, str]] = {}
    for worklog in (worklog for each in work.values() for worklog in each.worklogs):
        found = newest.get(worklog.account_id)
        if found is None or found[0] <= worklog.started_on:
            newest[worklog.account_id] = worklog.started_on, worklog.user_name or worklog.account_id
    return {account: name for account, (_, name) in newest.items()}


def _resold(place: Place, share: CloudShare, convert: Convert, currency: Currency) -> MarginEntry:
    """Return the entry of a resold cost. Its cost is that of the vendor's bill at the rate that the invoice froze."""
    source = share.source
    paid = round_amount(source.cost * source.exchange_rate / source.exchange_divisor, currency)
    return MarginEntry(kind=EntryKind.RESOLD, place=place, revenue=share.revenue, passed_on=convert(paid))


def shown_hours(seconds: int) -> Decimal:
    """Return the hours with two decimals, of less than nothing, too."""
    return -hours(-seconds) if seconds < 0 else hours(seconds)
