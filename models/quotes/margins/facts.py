"""What a margin is computed from: invoices, and the work of their contracts as ClickHouse has it now."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from models.contracts.contract import Contract
from models.contracts.rate_rule import RateRule
from models.contracts.settings import DatedRule
from models.contracts.terms import BillingRules
from models.contracts.worklog import Worklog
from models.invoice.content.content import Content
from models.invoice.status import Status
from models.quotes.calculator.cost_book import CostBook
from models.values.base_models import Frozen
from models.values.money import Currency
from models.values.period import Period

ISSUED = frozenset(
    {Status.APPROVED, Status.SENT, Status.ACCEPTED, Status.PAID, Status.CLOSED},
)
"""The statuses of a service invoice whose amounts are revenue."""


class LiveInvoice(Frozen):
    """A service invoice that is neither void nor discarded. It is revenue once it is approved."""

    id: str
    number: str | None
    status: Status
    content: Content

    @property
    def is_issued(self) -> bool:
        return self.status in ISSUED

    @property
    def name(self) -> str:
        """The number, or what is known of an invoice without one."""
        return self.number or f"the {self.status.replace('_', ' ')} of {self.content.subject_key}"


class ContractWork(Frozen):
    """A contract, its customer's name, the worklogs of its projects, and its dated rate rules."""

    contract: Contract
    customer_name: str = ""
    worklogs: tuple[Worklog, ...] = ()
    rate_rules: tuple[DatedRule, ...] = ()

    def rule_on(self, day: date) -> RateRule:
        """Return the prices of the day: those of the settings, else the rate and limit in ClickHouse."""
        valid = [each for each in self.rate_rules if each.valid_from <= day and (each.valid_to or day) >= day]
        return valid[-1].rule if valid else RateRule.of(self.contract)


class MarginFacts(Frozen):
    """Everything that the margin of some months is computed from.

    `invoices` are all live service invoices of these contracts that bill a day of the months. `work` has the contracts
    by key; `unread` has the reason for each contract whose work cannot be read. `rules` say who and what is not billed.
    """

    months: Period
    invoices: tuple[LiveInvoice, ...] = ()
    work: Mapping[str, ContractWork] = {}
    unread: Mapping[str, str] = {}
    rules: BillingRules = BillingRules()
    book: CostBook = CostBook()
    currency: Currency | None = None
    """The currency in which everything is shown; None: each contract in its own."""


class MissingKind(StrEnum):
    """What is missing to know a cost."""

    COST_RATE = "cost_rate"
    EXCHANGE_RATE = "exchange_rate"
    WORKLOG = "worklog"
    CONTRACT = "contract"


class Missing(Frozen):
    """What a cost is not known for, and in which days. `name` is a person, two currencies, an invoice or a contract."""

    kind: MissingKind
    name: str
    first: date
    last: date
    seconds: int
    message: str
