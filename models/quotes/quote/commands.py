"""The commands of a quote: one frozen model each. HTTP bodies and signals use the same field names.

`by` and `role` name the person who gives the command. A command of the client has no role and names the link by which
it came; the API sets it from the token of the link.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from models.access.roles import Role
from models.invoice.command_fields import EffectId, ExpectedRevision, Reason
from models.invoice.commands import OPERATOR
from models.quotes.content.deal import QuotedDeal
from models.quotes.content.discount import QuoteDiscount
from models.quotes.content.inputs import (
    MOST_LINES,
    ExpiryReminders,
    LineId,
    QuoteCustomer,
    QuoteRecipients,
    ResolvedLine,
    Text,
    Title,
)
from models.quotes.conversion.inputs import DealAs, ScheduleInput
from models.quotes.quote.status import QuoteCommandName
from models.values.base_models import Strict
from models.values.request_fingerprint import fingerprint
from models.values.typed_values import Flag, TypedDay, Whole

Language = Literal["en", "ru"]
PersonName = Annotated[str, StringConstraints(min_length=2, max_length=200)]
ApplicationKeyText = Annotated[str, StringConstraints(min_length=1, max_length=100)]
VersionNumber = Annotated[Whole, Field(ge=1, le=10_000)]
LinkNumber = Annotated[Whole, Field(ge=1, le=60_000)]


class QuoteCommand(Strict):
    """A request to change a quote. The API and the Web UI show the docstring of each subclass as its description."""

    name: ClassVar[QuoteCommandName]
    by: str = Field(default=OPERATOR, min_length=1, max_length=200)
    role: Role | None = None
    idempotency_key: str | None = Field(default=None, max_length=200)

    @property
    def request_fingerprint(self) -> str:
        """The fingerprint over the command's name and fields; defaults are left out."""
        content = self.model_dump_json(exclude={"by", "role", "idempotency_key"}, exclude_defaults=True)
        return fingerprint(self.idempotency_key, self.name + content)


class EditQuote(QuoteCommand):
    """Changes the given fields of a draft. `lines` replaces all lines."""

    name = QuoteCommandName.EDIT
    expected_revision: ExpectedRevision
    customer: QuoteCustomer | None = None
    application_key: ApplicationKeyText | None = None
    contact: Annotated[str, StringConstraints(max_length=200)] | None = None
    language: Language | None = None
    title: Title | None = None
    introduction: Text | None = None
    terms: Text | None = None
    valid_until: TypedDay | None = None
    payment_days: Whole | None = Field(default=None, ge=0, le=365)
    lines: tuple[ResolvedLine, ...] | None = Field(default=None, max_length=MOST_LINES)
    deal: QuotedDeal | None = Field(default=None, description="of the calculation whose lines are among `lines`")
    discount: QuoteDiscount | None = Field(default=None, description="of the whole quote")
    remove_discount: Flag = Field(default=False, description="take the discount of the whole quote away")
    recipients: QuoteRecipients | None = None
    cc: QuoteRecipients | None = None
    bcc: QuoteRecipients | None = None
    reminder_days: ExpiryReminders | None = None


class SendQuote(QuoteCommand):
    """Takes the number, freezes this version, makes its PDF and its link, and sends both by e-mail."""

    name = QuoteCommandName.SEND
    expected_revision: ExpectedRevision
    by_mail: Flag = Field(default=True, description="false: only make the document and the link")


class ReviseQuote(QuoteCommand):
    """Begins a new version. The sent one can no longer be accepted, and its link says so."""

    name = QuoteCommandName.REVISE
    reason: Reason | None = None


class OpenQuote(QuoteCommand):
    """Records that the client has opened their link."""

    name = QuoteCommandName.OPEN
    link: LinkNumber


class AcceptQuote(QuoteCommand):
    """Records that the client accepts a version, with the person, their position and an order number, if any."""

    name = QuoteCommandName.ACCEPT
    version: VersionNumber
    accepted_by: PersonName = Field(description="the name of the person who accepts for the client")
    position: PersonName = Field(description="what they are at the client, e.g. director")
    order_number: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    options: Annotated[tuple[LineId, ...], Field(max_length=MOST_LINES)] = Field(
        default=(), description="the ids of the optional lines that the client takes"
    )
    link: LinkNumber | None = Field(default=None, description="the link by which the answer came")


class DeclineQuote(QuoteCommand):
    """Records that the client declines a version, with the reason."""

    name = QuoteCommandName.DECLINE
    version: VersionNumber
    reason: Reason
    declined_by: PersonName | None = None
    link: LinkNumber | None = Field(default=None, description="the link by which the answer came")


class WithdrawQuote(QuoteCommand):
    """Withdraws the quote for good. A number that it has taken stays with it."""

    name = QuoteCommandName.WITHDRAW
    reason: Reason


class RenewLink(QuoteCommand):
    """Revokes the links of the current version and makes a new one; no letter is sent."""

    name = QuoteCommandName.RENEW_LINK


class RevokeLink(QuoteCommand):
    """Revokes a link. It then shows nothing of the quote any more."""

    name = QuoteCommandName.REVOKE_LINK
    link: LinkNumber
    reason: Reason | None = None


class ConvertQuote(QuoteCommand):
    """Makes terms of a contract from an accepted quote: dated prices, a schedule of fixed amounts, or both."""

    name = QuoteCommandName.CONVERT
    application_key: ApplicationKeyText = Field(description="the contract, as ClickHouse has it")
    valid_from: TypedDay = Field(description="the first day of the term")
    deal_as: DealAs = Field(
        default=DealAs.PRICES, description="prices: a rate rule of the contract; schedule: fixed amounts by date"
    )
    schedule: ScheduleInput | None = Field(
        default=None, description="null: each fixed line is invoiced once, or each month of its term"
    )
    replaces_base: Flag = Field(
        default=True,
        description="of a quote without prices: the contract's own fixed price is not charged in the months of the "
        "schedule",
    )


class RetryQuoteEffect(QuoteCommand):
    """Executes a failed effect again."""

    name = QuoteCommandName.RETRY_EFFECT
    effect_id: EffectId


class ResolveQuoteEffect(QuoteCommand):
    """Records the outcome of a failed or unknown effect, as a person found it: `done` or `skipped`."""

    name = QuoteCommandName.RESOLVE_EFFECT
    effect_id: EffectId
    outcome: Literal["done", "skipped"]
    note: Reason


QUOTE_COMMANDS: tuple[type[QuoteCommand], ...] = (
    EditQuote,
    SendQuote,
    ReviseQuote,
    OpenQuote,
    AcceptQuote,
    DeclineQuote,
    WithdrawQuote,
    RenewLink,
    RevokeLink,
    ConvertQuote,
    RetryQuoteEffect,
    ResolveQuoteEffect,
)
