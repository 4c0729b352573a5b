"""What has been agreed and configured for a contract, beside what ClickHouse knows: prices, texts, numbering, issuer.

It is read once, when a draft is made, and travels inside the invoice; a later change of the settings never changes a
document that exists (docs/specification/settings.md 2.2).
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from models.facts import Worklog
from models.frozen import Frozen
from models.money import Currency
from models.rates import RateRule


class TermsMissing(Exception):
    """Nothing can be drafted before it is configured: the message says what."""


class Channel(StrEnum):
    """How a document leaves."""  # docs/specification/lifecycle.md 7.3

    DIDOX = "didox"
    EMAIL = "email"


class ExclusionType(StrEnum):
    OVERHEAD_ONLY = "overhead_only"
    EXCLUDED = "excluded"


class ProjectClass(StrEnum):
    """What the hours of a project label are."""

    BILLABLE = "billable"
    INTERNAL = "internal"
    OVERHEAD = "overhead"


class NotBilled(StrEnum):
    """Why a worklog is charged to nobody: because of who worked, or of the project."""

    EXCLUDED = "excluded"
    OVERHEAD_ONLY = "overhead_only"
    INTERNAL = "internal"
    OVERHEAD = "overhead"


class Toggles(Frozen):
    """What the document shows."""  # defaults of docs/specification/documents.md 2.1

    show_task_list: bool = True
    show_tracked_time: bool = True
    show_task_pricing: bool = False
    show_overtime: bool = True


class Party(Frozen):
    """One side of the document, copied at drafting."""

    name: str
    company_type: str = ""
    address: str = ""
    tin: str = ""
    account_number: str = ""
    bank_name: str = ""
    mfo: str = ""
    swift_bic: str = ""
    signer: str = ""
    country: str = ""


class BankAccount(Frozen):
    """Where the issuer is paid in one currency; the fields are those of Party."""

    currency: Currency
    account_number: str
    bank_name: str = ""
    mfo: str = ""
    swift_bic: str = ""


class TaxRate(Frozen):
    """One row of the issuer's dated tax table; the supply date (the period's end) chooses it."""

    code: str
    rate: Decimal = Field(ge=0, le=1, description="0.12 is twelve per cent")
    valid_from: date
    valid_to: date | None = None

    def covers(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class ReviewPolicy(Frozen):
    """How many people an approval takes, and when it takes an admin. Without a word about it, one manager will do."""

    four_eyes: bool = Field(default=False, description="who finalised an invoice may not approve it")
    admin_above: dict[Currency, Decimal] = Field(
        default={}, description="a total above the amount in its currency is approved by an admin"
    )


class Issuer(Frozen):
    party: Party
    accounts: tuple[BankAccount, ...] = Field(
        default=(),
        exclude_if=lambda accounts: not accounts,  # as with the logo; and a document names none but its own
        description="one for a currency at the most; the party's own takes all others",
    )
    zone: str = "Asia/Tashkent"
    notice_email: str | None = Field(default=None, description="finance's own address, told of each approval")
    taxes: tuple[TaxRate, ...] = ()
    logo: str | None = Field(
        default=None,
        exclude_if=lambda logo: logo is None,  # what was frozen before there were logos keeps its digest
        description="a data URI of an SVG or PNG",
    )
    review: ReviewPolicy = ReviewPolicy()

    def tax_on(self, day: date) -> TaxRate | None:
        return next((tax for tax in self.taxes if tax.covers(day)), None)

    def paid_in(self, currency: Currency) -> "Issuer":
        """As a document in this currency names it: with one account, and nothing of any other."""
        own = next((account.model_dump() for account in self.accounts if account.currency is currency), {})
        own.pop("currency", None)
        return self.model_copy(update={"party": self.party.model_copy(update=own), "accounts": ()})


class BillingRules(Frozen):
    """Which hours a contract is billed for, and at what price."""

    rate_rule: RateRule | None = Field(default=None, description="None: the rate and limit in ClickHouse apply")
    exclusions: dict[str, ExclusionType] = Field(default={}, description="account id -> why it is not billed")
    classifications: dict[str, ProjectClass] = Field(default={}, description="project label; unnamed ones are billable")

    def why_not_billed(self, worklog: Worklog) -> NotBilled | None:
        if excluded := self.exclusions.get(worklog.account_id):
            return NotBilled(excluded.value)
        project = self.classifications.get(worklog.project_label, ProjectClass.BILLABLE)
        return None if project is ProjectClass.BILLABLE else NotBilled(project.value)


class ContractTerms(BillingRules):
    issuer: Issuer
    series: str = Field(default="default", description="the number series that its invoices are numbered from")
    payment_days: int = Field(default=45, ge=0, le=365)
    reminder_days: tuple[int, ...] = Field(default=(-7, 0, 1, 7, 15), description="days after the due date")
    channel: Channel | None = Field(default=None, description="None: by client type")
    recipients: tuple[str, ...] = Field(default=(), description="empty: the contacts in ClickHouse")
    toggles: Toggles = Toggles()
    legal_text: str = ""
