"""The lines of an invoice that come from an accepted quote, and the references from invoice to quote.

See docs/specification/quotes.md 7. The prices of a quote change what the rules of billing start from, and no rule.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from itertools import count

from models.contracts.contract import Contract
from models.contracts.quoted_terms import QuotedTerms
from models.contracts.rate_rule import Tier
from models.invoice.content.basis import QuoteReference, QuoteSource
from models.invoice.content.lines import Line, LineType
from models.values.money import ZERO, format_multiplier

SCHEDULED_RULE = "QUOTE.scheduled"


def quoted_contract(contract: Contract, quoted: QuotedTerms) -> Contract:
    """Return the contract with the base amount that was agreed, in place of those of ClickHouse."""
    base = quoted.prices.base_amount if quoted.prices else None
    if base is None:
        return contract
    return contract.model_copy(update={"deal_amount": base, "invoice_amount": ZERO})


def without_replaced_base(lines: Sequence[Line], quoted: QuotedTerms) -> tuple[Line, ...]:
    """Return the lines without the fixed price in whose place a schedule stands."""
    if quoted.replaces_base is None:
        return tuple(lines)
    kept = [line for line in lines if line.line_type is not LineType.FIXED]
    return tuple(line.model_copy(update={"id": f"L{n}"}) for n, line in enumerate(kept, 1))


def scheduled_lines(quoted: QuotedTerms, taken: Collection[str], lines_before: int) -> tuple[Line, ...]:
    """Return the lines of the entries that no other invoice has, numbered after the lines before them."""
    numbers = count(lines_before + 1)
    return tuple(
        Line(
            id=f"L{next(numbers)}",
            line_type=LineType.OTHER,
            description=part.description,
            quantity=Decimal(1),
            unit_price=part.amount,
            line_total=part.amount,
            source=QuoteSource(
                quote_id=entry.quote_id,
                quote_number=entry.number,
                quote_version=entry.version,
                quote_line_id=part.line_id,
                entry_id=entry.entry_id,
                place=part.place,
            ),
            rule=SCHEDULED_RULE,
        )
        for entry in quoted.scheduled
        if entry.claim not in taken
        for part in entry.parts
    )


def quote_reference(quoted: QuotedTerms, lines: Sequence[Line]) -> QuoteReference | None:
    """Return the quote whose prices the invoice has, with the line of the quote for each invoice line."""
    prices = quoted.prices
    if prices is None:
        return None
    found = {line.id: place for line in lines if (place := _quoted_line(line, prices.lines))}
    return QuoteReference(
        quote_id=prices.quote_id,
        number=prices.number,
        version=prices.version,
        lines=found,
        places={place: prices.places[place] for place in found.values() if place in prices.places},
    )


def line_key(rule: str, tier: Tier | None, multiplier: Decimal) -> str:
    """Return what a line of a quote and the lines of its invoices have in common."""
    return f"{rule}|{tier or ''}|{format_multiplier(multiplier)}"


def _quoted_line(line: Line, quoted: Mapping[str, str]) -> str | None:
    """Return the quote's line with the same rule, tier and multiplier, else the first one of the same rule."""
    if not line.billed:
        return None
    tier = line.work.rate_tier if line.work.worklogs or line.line_type is LineType.OVERTIME else None
    exact = quoted.get(line_key(line.rule, tier, line.rate_multiplier))
    return exact or next((each for key, each in quoted.items() if key.startswith(f"{line.rule}|")), None)
