"""The queries for contracts and worklogs and their results."""

from models.contracts.billable_worklogs import BillableWorklog, WorkedTotals
from models.contracts.contract import Contact, Contract, Customer
from models.contracts.worklog import Worklog
from models.values.base_models import Frozen
from models.values.period import Period


class ContractQuery(Frozen):
    search: str | None = None
    page: int = 1
    per_page: int = 20


class ContractListItem(Frozen):
    application: Contract
    customer: Customer | None = None


class UnreadableContract(Frozen):
    """A contract whose row in ClickHouse says something that cannot be billed."""

    application_key: str
    reason: str


class ContractPage(Frozen):
    items: tuple[ContractListItem, ...]
    total: int
    unreadable: tuple[UnreadableContract, ...] = ()


class ContractDetail(ContractListItem):
    contacts: tuple[Contact, ...] = ()


class WorklogQuery(Frozen):
    application_key: str
    period: Period
    page: int = 1
    per_page: int = 100


class WorklogPage(Frozen):
    """One page, as a busy month may be larger than a message; the totals are those of the whole period."""

    items: tuple[BillableWorklog, ...]
    total: int
    totals: WorkedTotals
    has_own_rule: bool


class LineWorklogsQuery(Frozen):
    """The worklogs that a line of an invoice names by their ids."""

    application_key: str
    period: Period
    worklog_ids: tuple[str, ...]


class LineWorklogs(Frozen):
    """Those that are still there, as they are now."""

    worklogs: tuple[Worklog, ...]


class ContractKeys(Frozen):
    keys: tuple[str, ...]
