"""What has been agreed and configured for a contract, beside what ClickHouse knows: prices, texts, numbering, issuer.

It is read once, when a draft is made, and travels inside the invoice; a later change of the settings never changes a
document that exists (docs/specification/settings.md 2.2).
"""

from enum import StrEnum

from pydantic import Field

from models.contracts.rate_rule import RateRule
from models.contracts.worklog import Worklog
from models.issuer.issuer import Issuer
from models.values.base_models import Frozen
from models.values.document_options import Channel, Toggles


class TermsMissing(Exception):
    """Nothing can be drafted before it is configured: the message says what."""


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
