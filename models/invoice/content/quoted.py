"""Which line of which quote each line of an invoice comes from, as pages and documents name it."""

from collections.abc import Mapping

from models.contracts.quoted_terms import QuotePlace
from models.invoice.content.basis import PartnerBasis, QuoteSource, ServiceBasis
from models.invoice.content.lines import Line
from models.values.base_models import Frozen


class NamedQuote(Frozen):
    """A quote from which an invoice has prices or amounts."""

    quote_id: str
    number: str
    version: int


class NamedQuoteLine(Frozen):
    """The line of a quote from which a line of an invoice comes. `place` is None in invoices of older releases."""

    quote: NamedQuote
    line_id: str
    place: QuotePlace | None = None


def quoted_line(basis: ServiceBasis | PartnerBasis, line: Line) -> NamedQuoteLine | None:
    """Return the line of the quote from which the line comes; None if it comes from none."""
    if isinstance(source := line.source, QuoteSource):
        quote = NamedQuote(quote_id=source.quote_id, number=source.quote_number, version=source.quote_version)
        return NamedQuoteLine(quote=quote, line_id=source.quote_line_id, place=source.place)
    reference = basis.quote if isinstance(basis, ServiceBasis) else None
    if reference is None or line.id not in reference.lines:
        return None
    quote = NamedQuote(quote_id=reference.quote_id, number=reference.number, version=reference.version)
    line_id = reference.lines[line.id]
    return NamedQuoteLine(quote=quote, line_id=line_id, place=reference.places.get(line_id))


def quoted_lines(basis: ServiceBasis | PartnerBasis, lines: tuple[Line, ...]) -> Mapping[str, NamedQuoteLine]:
    """Return the lines of quotes by the id of the invoice's line."""
    found = ((line.id, quoted_line(basis, line)) for line in lines)
    return {line_id: each for line_id, each in found if each is not None}


def named_quotes(basis: ServiceBasis | PartnerBasis, lines: tuple[Line, ...]) -> tuple[NamedQuote, ...]:
    """Return the quotes from which the invoice has prices or amounts, that of the prices first."""
    of_lines = [each.quote for each in quoted_lines(basis, lines).values()]
    reference = basis.quote if isinstance(basis, ServiceBasis) else None
    if reference is not None:
        of_prices = NamedQuote(quote_id=reference.quote_id, number=reference.number, version=reference.version)
        of_lines.insert(0, of_prices)
    return tuple(dict.fromkeys(of_lines))
