"""The terms that an accepted quote becomes (docs/specification/quotes.md 7)."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from models.billing.quoted_lines import line_key
from models.contracts.contract import Contract, DealType
from models.contracts.settings import DatedRule
from models.invoice.errors import InvalidChange
from models.invoice.invoice import ActionStamp
from models.quotes.content.content import QuoteContent
from models.quotes.content.deal import QuotedDeal
from models.quotes.content.lines import CalculatedLine, QuoteLine
from models.quotes.conversion.conversion import Conversion, QuotedPrices, ScheduledAmount
from models.quotes.conversion.inputs import DealAs, Milestones
from models.quotes.conversion.schedule import ScheduledDiscount, month_after, schedule_of
from models.quotes.document import line_places
from models.quotes.quote.commands import ConvertQuote
from models.values.money import ZERO, plain, surplus_decimals, total


def check_conversion(content: QuoteContent, command: ConvertQuote) -> None:
    """Raise InvalidChange if the wish does not fit the quote."""
    if command.deal_as is DealAs.PRICES and not content.deal_lines and command.schedule is None and not content.lines:
        raise InvalidChange("schedule: the quote has no lines.")
    if command.schedule is not None and not _scheduled(content, command):
        raise InvalidChange(
            "schedule: every line of the quote is a price of the contract; leave the schedule out, or set deal_as to "
            "schedule."
        )
    if isinstance(command.schedule, Milestones) and (amounts := command.schedule.amounts) is not None:
        _check_amounts(content, command, amounts)


def _check_amounts(content: QuoteContent, command: ConvertQuote, amounts: Sequence[Decimal]) -> None:
    for place, amount in enumerate(amounts):
        if reason := surplus_decimals(amount, content.currency):
            raise InvalidChange(f"schedule.milestones.{place}.amount: {reason}")
    whole, shares = total(amounts), content.discount_shares
    quoted = total(line.total - shares.get(line.id, ZERO) for line in _scheduled(content, command))
    if whole != quoted:
        raise InvalidChange(
            f"schedule.milestones: the amounts add up to {plain(whole)}; they must add up to {plain(quoted)}, what the "
            "lines of the schedule cost without a tax that is added."
        )


def check_contract(content: QuoteContent, command: ConvertQuote, contract: Contract) -> None:
    """Raise InvalidChange if the contract cannot have these terms."""
    name, deal = contract.application_key, content.deal
    if contract.currency != content.currency:
        raise InvalidChange(
            f"application_key: {name} is in {contract.currency}, and the quote in {content.currency}; choose another "
            "contract, or correct its currency in Jira."
        )
    if command.deal_as is DealAs.PRICES and deal and content.deal_lines and contract.deal_type is not deal.deal_type:
        raise InvalidChange(
            f"application_key: {name} is a contract of the type {contract.deal_type}, and the quote has the prices of "
            f"the type {deal.deal_type}; correct the type in Jira, or make a schedule of the quote."
        )
    if command.deal_as is DealAs.SCHEDULE and content.deal_lines and contract.deal_type is not DealType.FP:
        raise InvalidChange(
            f"deal_as: {name} is a contract of the type {contract.deal_type}, whose work is invoiced besides; a "
            "schedule needs one of the type FP."
        )


def conversion_of(content: QuoteContent, command: ConvertQuote, stamp: ActionStamp) -> Conversion:
    """Return what the quote becomes: dated prices for the lines of the deal, and a schedule for the others."""
    prices = quoted_prices(content, command)
    return Conversion(
        application_key=command.application_key,
        stamp=stamp,
        prices=prices,
        schedule=scheduled_amounts(content, command),
        replaces_base=prices is None and command.replaces_base,
        payment_days=content.payment_days,
        places=line_places(content),
    )


def quoted_prices(content: QuoteContent, command: ConvertQuote) -> QuotedPrices | None:
    """Return the prices that the contract gets; None if nothing of the quote becomes a price."""
    if command.deal_as is not DealAs.PRICES or content.deal is None or not content.deal_lines:
        return None
    return _prices(content.deal, content.deal_lines, command)


def scheduled_amounts(content: QuoteContent, command: ConvertQuote) -> tuple[ScheduledAmount, ...]:
    """Return the schedule of the lines that become no prices, less their shares of the discount."""
    discount = content.discount
    return schedule_of(
        _scheduled(content, command),
        command.schedule,
        command.valid_from,
        content.currency,
        content.language,
        ScheduledDiscount(label=discount.label, shares=content.discount_shares) if discount else None,
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
