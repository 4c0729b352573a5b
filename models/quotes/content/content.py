"""The content of a quote: parties, lines, terms and validity. A sent version keeps it under a digest."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from pydantic import Field

from models.invoice.content.totals import tax_included_in, tax_on
from models.issuer.issuer import Issuer, Party, TaxRate
from models.quotes.content.deal import QuotedDeal
from models.quotes.content.discount import QuoteDiscount, discount_amount, discount_shares
from models.quotes.content.lines import QuoteLine
from models.values.base_models import Frozen
from models.values.money import ZERO, Currency, total
from models.values.period import local_moment

TEMPLATE_VERSION = 1
SERIES = "quotes"


class QuoteTotals(Frozen):
    """Sums of rounded lines; optional lines that nobody has chosen are left out."""

    list_amount: Decimal = ZERO
    discount: Decimal = Field(default=ZERO, description="of single lines")
    quote_discount: Decimal = Field(default=ZERO, description="of the whole quote")
    net_amount: Decimal = ZERO
    tax_amount: Decimal = ZERO
    total_amount: Decimal = ZERO
    optional_amount: Decimal = Field(default=ZERO, description="of the optional lines that were not chosen")


class QuoteContent(Frozen):
    """What a quote says."""

    issuer: Issuer
    customer: Party
    customer_key: str | None = None
    application_key: str | None = Field(default=None, description="the contract that the quote is about, if known")
    contact: str = Field(default="", description="the person whom letters greet")
    language: str = "en"
    title: str
    introduction: str = ""
    terms: str = ""
    currency: Currency
    issued_on: date
    valid_until: date
    payment_days: int = 45
    tax: TaxRate | None = None
    lines: tuple[QuoteLine, ...] = ()
    deal: QuotedDeal | None = None
    recipients: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reminder_days: tuple[int, ...] = Field(default=(7, 1), description="days before the end of the validity")
    # Left out of the JSON if there is none, so that versions sent before this field existed keep their digests.
    discount: QuoteDiscount | None = Field(default=None, exclude_if=lambda discount: discount is None)

    @property
    def totals(self) -> QuoteTotals:
        """The totals of the lines that count."""
        return sum_lines(self.lines, self.currency, self.tax, self.discount)

    @property
    def discount_shares(self) -> Mapping[str, Decimal]:
        """What of the discount of the whole quote each line carries, by the id of the line."""
        return discount_shares(self.lines, self.discount, self.currency)

    @property
    def expires_at(self) -> datetime:
        """The moment at which the validity ends: the midnight after its last day, in the issuer's zone."""
        return local_moment(self.valid_until + timedelta(days=1), 0, self.issuer.zone)

    @property
    def deal_lines(self) -> tuple[QuoteLine, ...]:
        """The lines that become the prices of a contract."""
        return tuple(line for line in self.lines if line.is_deal and line.counts)

    @property
    def fixed_lines(self) -> tuple[QuoteLine, ...]:
        """The other lines that count: each has a fixed price."""
        return tuple(line for line in self.lines if not line.is_deal and line.counts)


def sum_lines(
    lines: Iterable[QuoteLine], currency: Currency, tax: TaxRate | None, discount: QuoteDiscount | None = None
) -> QuoteTotals:
    """Return the totals: the lines that count, less the discount of the whole quote, and the tax on what remains.

    If the prices contain the tax, what remains is the total.
    """
    lines = tuple(lines)
    counted = [line for line in lines if line.counts]
    of_lines = total(line.total for line in counted)
    taken_off = discount_amount(counted, discount, currency)
    charged = of_lines - taken_off
    included = tax is not None and tax.included
    tax_amount = tax_included_in(charged, currency, tax) if included else tax_on(charged, currency, tax)
    net = charged - tax_amount if included else charged
    listed = total(line.list_total for line in counted)
    return QuoteTotals(
        list_amount=listed,
        discount=listed - of_lines,
        quote_discount=taken_off,
        net_amount=net,
        tax_amount=tax_amount,
        total_amount=net + tax_amount,
        optional_amount=total(line.total for line in lines if not line.counts),
    )


def digest(content: QuoteContent, number: str, version: int) -> str:
    """Return the SHA-256 of everything that a version says. An acceptance names it."""
    text = f"{TEMPLATE_VERSION}\n{number}\n{version}\n{content.model_dump_json()}"
    return hashlib.sha256(text.encode()).hexdigest()


def numbered(lines: Iterable[QuoteLine]) -> tuple[QuoteLine, ...]:
    """Return the lines with the ids L1, L2 and so on; ids of an earlier version are kept where they are unique."""
    lines = tuple(lines)
    found: list[QuoteLine] = []
    taken = {line.id for line in lines if line.id}
    fresh = (f"L{n}" for n in range(1, 10_000) if f"L{n}" not in taken)
    seen: set[str] = set()
    for line in lines:
        line_id = line.id if line.id and line.id not in seen else next(fresh)
        seen.add(line_id)
        found.append(line.model_copy(update={"id": line_id}))
    return tuple(found)
