"""The terms of a contract: what is configured for it besides its records in ClickHouse.

They are read once, when a draft is made, and are stored in the invoice. A later change of the settings therefore never
changes an existing document (docs/specification/settings.md 2.2).
"""

from enum import StrEnum

from pydantic import Field

from models.contracts.quoted_terms import NOTHING_QUOTED, QuotedTerms
from models.contracts.rate_rule import RateRule
from models.contracts.tax import ClientTax
from models.contracts.worklog import Worklog
from models.issuer.issuer import Issuer
from models.issuer.service_code import ServiceCode
from models.values.base_models import Frozen
from models.values.document_options import Channel, Toggles

USUAL_SERIES = "default"
USUAL_PAYMENT_DAYS = 45
"""The number series and the payment days of a contract that has no configuration of its own."""


class TermsMissing(Exception):
    """A draft needs a setting that is not configured; the message names it."""


class ExclusionType(StrEnum):
    """How the work of an excluded person is treated: counted but not billed, or ignored."""

    OVERHEAD_ONLY = "overhead_only"
    EXCLUDED = "excluded"


class ProjectClass(StrEnum):
    """The classification of a project label; only billable hours reach an invoice."""

    BILLABLE = "billable"
    INTERNAL = "internal"
    OVERHEAD = "overhead"


class NotBilled(StrEnum):
    """The reason why a worklog is not billed: two concern the person, two the project, the last one its time."""

    EXCLUDED = "excluded"
    OVERHEAD_ONLY = "overhead_only"
    INTERNAL = "internal"
    OVERHEAD = "overhead"
    NO_TIME = "no_time"


class BillingRules(Frozen):
    """The rules that select the billed hours of a contract and their prices."""

    rate_rule: RateRule | None = Field(default=None, description="None: the rate and limit in ClickHouse apply")
    exclusions: dict[str, ExclusionType] = Field(default={}, description="excluded people by account id")
    classifications: dict[str, ProjectClass] = Field(
        default={}, description="classes by project label; a label that is missing here is billable"
    )

    def why_not_billed(self, worklog: Worklog) -> NotBilled | None:
        """Return the reason why the worklog is not billed, or None if it is (docs/specification/pricing.md 2.3)."""
        if exclusion := self.exclusions.get(worklog.account_id):
            return NotBilled(exclusion.value)
        project = self.classifications.get(worklog.project_label, ProjectClass.BILLABLE)
        if project is not ProjectClass.BILLABLE:
            return NotBilled(project.value)
        return None if worklog.seconds else NotBilled.NO_TIME


class ContractTerms(BillingRules):
    """The terms from which a draft of the contract is made."""

    issuer: Issuer
    series: str = Field(default=USUAL_SERIES, description="the number series of its invoices")
    payment_days: int = Field(default=USUAL_PAYMENT_DAYS, ge=0, le=365)
    reminder_days: tuple[int, ...] = Field(default=(-7, 0, 1, 7, 15), description="days after the due date")
    channel: Channel | None = Field(default=None, description="None: by client type")
    recipients: tuple[str, ...] = Field(default=(), description="empty: the contacts in ClickHouse")
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    toggles: Toggles = Toggles()
    legal_text: str = ""
    tax: ClientTax = ClientTax()
    service_code: ServiceCode | None = Field(default=None, description="None: the issuer's")
    quoted: QuotedTerms = NOTHING_QUOTED
