"""The inputs and results of the queries for contracts and worklogs."""

from pydantic import Field

from models.contracts.billable_worklogs import BillableWorklog, WorkedTotals
from models.contracts.contract import Contact, Contract, Customer, DealType
from models.contracts.worklog import Worklog
from models.values.base_models import Frozen
from models.values.period import Period


class ContractQuery(Frozen):
    """A search for active contracts; pages are numbered from 1."""

    search: str | None = None
    page: int = 1
    per_page: int = 20


class ContractSearch(ContractQuery):
    """A search with filters. It is a class of its own, because the input of an activity must not get fields."""

    deal_type: DealType | None = None
    currency: str | None = None
    only: frozenset[str] | None = Field(default=None, description="the keys to choose from; None: all")
    without: frozenset[str] = frozenset()

    @property
    def names_keys(self) -> bool:
        """Whether the search chooses among named contracts."""
        return self.only is not None or bool(self.without)


class ContractListItem(Frozen):
    """A contract and its customer, which may be missing in ClickHouse."""

    contract: Contract
    customer: Customer | None = None


class UnreadableContract(Frozen):
    """A contract whose row in ClickHouse holds a value that cannot be billed."""

    application_key: str
    reason: str


class ContractPage(Frozen):
    """One page of contracts; `total` counts those of all pages."""

    items: tuple[ContractListItem, ...]
    total: int
    unreadable: tuple[UnreadableContract, ...] = ()


class ContractDetail(ContractListItem):
    """A contract with its customer and contacts."""

    contacts: tuple[Contact, ...] = ()


class WorklogQuery(Frozen):
    """The worklogs of a contract in a period; pages are numbered from 1."""

    application_key: str
    period: Period
    page: int = 1
    per_page: int = 100


class WorklogPage(Frozen):
    """One page of worklogs; the totals are those of the whole period."""

    items: tuple[BillableWorklog, ...]
    total: int
    totals: WorkedTotals
    has_own_rule: bool


class LineWorklogsQuery(Frozen):
    """The worklogs from which a line of an invoice was made, by their ids."""

    application_key: str
    period: Period
    worklog_ids: tuple[str, ...]


class LineWorklogs(Frozen):
    """The worklogs that still exist, with their present values."""

    worklogs: tuple[Worklog, ...]


class ContractsWorkQuery(Frozen):
    """The work of several contracts in a period: the active ones that match, and those of these keys.

    At most so many worklogs are read.
    """

    application_keys: tuple[str, ...] = ()
    period: Period
    application_key: str | None = None
    customer_key: str | None = None
    at_most: int

    def matches(self, contract: Contract) -> bool:
        """Return whether the work of the contract is asked for."""
        if contract.application_key in self.application_keys:
            return True
        return (
            contract.status.lower() == "active"
            and self.application_key in (None, contract.application_key)
            and self.customer_key in (None, contract.customer_key)
        )


class ContractWorklogs(Frozen):
    """A contract, the name of its customer, and its worklogs."""

    contract: Contract
    customer_name: str
    worklogs: tuple[Worklog, ...]


class ContractsWork(Frozen):
    """The work of the contracts by key, and why that of others cannot be read.

    `total` counts the worklogs; when it is above the limit, none is read.
    """

    contracts: dict[str, ContractWorklogs]
    unread: dict[str, str]
    total: int


class ContractKeys(Frozen):
    """The keys of all active contracts."""

    keys: tuple[str, ...]
