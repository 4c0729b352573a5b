"""The terms that an accepted quote becomes (docs/specification/quotes.md 7)."""

from collections.abc import Sequence
from datetime import timedelta

from models.contracts.settings import DatedRule
from models.invoice.errors import InvalidChange
from models.invoice.invoice import ActionStamp
from models.quotes.content.content import QuoteContent
from models.quotes.content.deal import QuotedDeal
from models.quotes.content.lines import CalculatedLine, QuoteLine, line_key
from models.quotes.conversion.conversion import Conversion, QuotedPrices
from models.quotes.conversion.inputs import DealAs
from models.quotes.conversion.schedule import month_after, schedule_of
from models.quotes.quote.commands import ConvertQuote


def check_conversion(content: QuoteContent, command: ConvertQuote) -> None:
    """Raise InvalidChange if the wish does not fit the quote."""
    if command.deal_as is DealAs.PRICES and not content.deal_lines and command.schedule is None and not content.lines:
        raise InvalidChange("schedule: the quote has no lines.")
    if command.schedule is not None and not _scheduled(content, command):
        raise InvalidChange(
            "schedule: every line of the quote is a price of the contract; leave the schedule out, or set deal_as to "
            "schedule."
        )


def conversion_of(content: QuoteContent, command: ConvertQuote, stamp: ActionStamp) -> Conversion:
    """Return what the quote becomes: dated prices for the lines of the deal, and a schedule for the others."""
    deal = content.deal if command.deal_as is DealAs.PRICES and content.deal_lines else None
    scheduled = _scheduled(content, command)
    return Conversion(
        application_key=command.application_key,
        stamp=stamp,
        prices=_prices(deal, content.deal_lines, command) if deal else None,
        schedule=schedule_of(scheduled, command.schedule, command.valid_from, content.currency, content.language),
        replaces_base=deal is None,
        payment_days=content.payment_days,
    )


def dated_rule(prices: QuotedPrices) -> DatedRule:
    """Return the rate rule that the contract gets."""
    fields = {"valid_from": str(prices.valid_from), "valid_to": str(prices.valid_to), **prices.rule}
    return DatedRule.model_validate(fields | {"bill_base_when_empty": prices.rule["bill_base_when_empty"] == "true"})


def _scheduled(content: QuoteContent, command: ConvertQuote) -> Sequence[QuoteLine]:
    if command.deal_as is DealAs.SCHEDULE:
        return tuple(line for line in content.lines if line.counts)
    return content.fixed_lines


def _prices(deal: QuotedDeal, lines: Sequence[QuoteLine], command: ConvertQuote) -> QuotedPrices:
    prices = deal.prices
    return QuotedPrices(
        valid_from=command.valid_from,
        valid_to=month_after(command.valid_from, deal.term_months) - timedelta(days=1),
        base_amount=deal.base_amount,
        rule={
            "base_hourly_rate": str(prices.hourly_rate),
            "monthly_limit_hours": str(prices.monthly_limit_hours),
            "overtime_multiplier": str(prices.overtime_multiplier),
            "p1_p3_multiplier": str(prices.p1_p3_multiplier),
            "off_hours_multiplier": str(prices.off_hours_multiplier),
            "p1_p3_off_hours_multiplier": str(prices.p1_p3_off_hours_multiplier),
            "bill_base_when_empty": "true" if prices.bill_base_when_empty else "false",
        },
        lines={_key(line): line.id for line in lines},
    )


def _key(line: QuoteLine) -> str:
    assert isinstance(line.source, CalculatedLine)
    return line_key(line.source.rule, line.source.tier, line.multiplier)
