"""What an accepted quote would become, beside what it charges, before anybody converts it."""

import hashlib
from decimal import Decimal

from models.quotes.content.content import QuoteContent
from models.quotes.conversion.conversion import QuotedPrices, ScheduledAmount
from models.quotes.conversion.terms import check_conversion, quoted_prices, scheduled_amounts
from models.quotes.quote.commands import ConvertQuote
from models.values.base_models import Frozen
from models.values.money import ZERO, total


class ConversionPreview(Frozen):
    """The terms and their sums: prices + scheduled + tax + difference = total."""

    application_key: str
    prices: QuotedPrices | None
    of_prices: Decimal  # of the lines that become prices, in their term
    schedule: tuple[ScheduledAmount, ...]
    replaces_base: bool
    payment_days: int
    tax_amount: Decimal  # that is added; zero if the prices contain it
    total: Decimal  # of the quote

    @property
    def scheduled(self) -> Decimal:
        """The sum of the schedule."""
        return total(each.amount for each in self.schedule)

    @property
    def difference(self) -> Decimal:
        """What the terms lack of the quote's total; zero, because every line is divided by itself."""
        return self.total - self.of_prices - self.scheduled - self.tax_amount

    @property
    def fingerprint(self) -> str:
        """A digest of everything that was shown, so that exactly this is converted."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def conversion_preview(content: QuoteContent, command: ConvertQuote) -> ConversionPreview:
    """Return what the command would make of the quote. Raises InvalidChange if it does not fit the quote."""
    check_conversion(content, command)
    prices = quoted_prices(content, command)
    is_added = content.tax is not None and not content.tax.included
    return ConversionPreview(
        application_key=command.application_key,
        prices=prices,
        of_prices=total(line.total for line in content.deal_lines) if prices else ZERO,
        schedule=scheduled_amounts(content, command),
        replaces_base=prices is None and command.replaces_base,
        payment_days=content.payment_days,
        tax_amount=content.totals.tax_amount if is_added else ZERO,
        total=content.totals.total_amount,
    )
