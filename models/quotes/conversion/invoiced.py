"""What of an accepted quote has been invoiced, what is left, and the difference (docs/specification/quotes.md 7).

For each line, and in sum: invoiced + left = quoted + difference. `left` is what the quote still foresees: the months of
the term that no invoice has, and the entries of the schedule that stand on none. So the difference is what invoices
have charged beyond the quote, or less than it, for what they have invoiced.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from models.invoice.content.basis import QuoteSource, ServiceBasis
from models.invoice.invoice import Invoice
from models.quotes.content.lines import QuoteLine
from models.quotes.quote.quote import Quote
from models.values.base_models import Frozen
from models.values.money import ZERO, total


class InvoicedLine(Frozen):
    """One line of the quote. What is quoted is its total less its share of the discount of the whole quote."""

    line_id: str
    quoted: Decimal
    invoiced: Decimal
    left: Decimal

    @property
    def difference(self) -> Decimal:
        return self.invoiced + self.left - self.quoted


class QuoteInvoice(Frozen):
    """An invoice that has prices or amounts of the quote, and what it charges of them."""

    invoice: Invoice
    amount: Decimal


class InvoicedEntry(Frozen):
    """An entry of the schedule, with the invoice on which it stands."""

    entry_id: str
    name: str
    due_on: date
    amount: Decimal
    invoice: Invoice | None


class Invoiced(Frozen):
    """What the invoices of a quote have charged of it."""

    lines: tuple[InvoicedLine, ...]
    entries: tuple[InvoicedEntry, ...]
    invoices: tuple[QuoteInvoice, ...]
    beyond: Decimal  # charged under the quote's prices for what no line of the quote has

    @property
    def quoted(self) -> Decimal:
        return total(line.quoted for line in self.lines)

    @property
    def invoiced(self) -> Decimal:
        return total(line.invoiced for line in self.lines) + self.beyond

    @property
    def left(self) -> Decimal:
        return total(line.left for line in self.lines)

    @property
    def difference(self) -> Decimal:
        return self.invoiced + self.left - self.quoted


def invoiced(quote: Quote, invoices: Iterable[Invoice]) -> Invoiced:
    """Return what the live invoices have charged of the quote."""
    live = sorted((each for each in invoices if each.is_live), key=lambda each: (each.content.period.start, each.id))
    of_line: dict[str, Decimal] = {}
    beyond = ZERO
    charged: list[QuoteInvoice] = []
    stands_on: dict[str, Invoice] = {}
    months = 0
    for each in live:
        parts = _parts(quote, each)
        prices = _has_prices_of(quote, each)
        months += prices
        for line_id, amount, entry_id in parts:
            if line_id is None:
                beyond += amount
            else:
                of_line[line_id] = of_line.get(line_id, ZERO) + amount
            if entry_id is not None:
                stands_on[entry_id] = each
        if parts or prices:
            charged.append(QuoteInvoice(invoice=each, amount=total(amount for _, amount, _ in parts)))
    entries, shares = _entries(quote, stands_on), quote.content.discount_shares
    return Invoiced(
        lines=tuple(
            InvoicedLine(
                line_id=line.id,
                quoted=line.total - shares.get(line.id, ZERO),
                invoiced=of_line.get(line.id, ZERO),
                left=_left(quote, line, line.total - shares.get(line.id, ZERO), months, stands_on),
            )
            for line in quote.content.lines
            if line.counts
        ),
        entries=entries,
        invoices=tuple(charged),
        beyond=beyond,
    )


def _has_prices_of(quote: Quote, invoice: Invoice) -> bool:
    basis = invoice.content.basis
    return isinstance(basis, ServiceBasis) and basis.quote is not None and basis.quote.quote_id == quote.id


def _parts(quote: Quote, invoice: Invoice) -> list[tuple[str | None, Decimal, str | None]]:
    """Return what the invoice charges of the quote: the line, the amount, and the entry of the schedule.

    A line whose work was priced by the quote, but of which the quote has no line, has None.
    """
    basis = invoice.content.basis
    reference = basis.quote if isinstance(basis, ServiceBasis) and _has_prices_of(quote, invoice) else None
    found: list[tuple[str | None, Decimal, str | None]] = []
    for line in invoice.content.lines:
        if not line.billed:
            continue
        if isinstance(line.source, QuoteSource):
            if line.source.quote_id == quote.id:
                found.append((line.source.quote_line_id, line.line_total, line.source.entry_id))
        elif reference is not None and (line.id in reference.lines or line.work.worklogs):
            found.append((reference.lines.get(line.id), line.line_total, None))
    return found


def _entries(quote: Quote, stands_on: dict[str, Invoice]) -> tuple[InvoicedEntry, ...]:
    schedule = quote.conversion.schedule if quote.conversion else ()
    return tuple(
        InvoicedEntry(
            entry_id=each.id, name=each.name, due_on=each.due_on, amount=each.amount, invoice=stands_on.get(each.id)
        )
        for each in schedule
    )


def _left(quote: Quote, line: QuoteLine, quoted: Decimal, months: int, stands_on: dict[str, Invoice]) -> Decimal:
    conversion = quote.conversion
    if conversion is None:
        return quoted
    if conversion.prices is not None and line.is_deal:
        return line.amount * max(line.times - months, 0)
    open_parts: Sequence[Decimal] = [
        part.amount
        for entry in conversion.schedule
        if entry.id not in stands_on
        for part in entry.parts
        if part.line_id == line.id
    ]
    return total(open_parts)
