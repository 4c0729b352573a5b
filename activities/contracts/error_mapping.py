"""The failure codes of the errors that the rules and ClickHouse raise: a refusal is final, a fault is retried.

Activities raise them as errors of Temporal; the API uses the same tables for its answers (`api/reads.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from temporalio.exceptions import ApplicationError

from activities.clients.clickhouse.errors import WarehouseRefused, WarehouseTimeout, WarehouseUnavailable
from models.contracts.contract import ContractKeyAmbiguous, ContractNotFound, ContractUnreadable, CustomerNotFound
from models.contracts.terms import TermsMissing
from models.contracts.worklog import WorklogUnreadable
from models.invoice.errors import AlreadyInvoiced, DraftRefused
from models.values.failure_codes import Failure

REFUSALS: Final[dict[type[Exception], str]] = {
    ContractNotFound: Failure.APPLICATION_NOT_FOUND,
    CustomerNotFound: Failure.CUSTOMER_NOT_FOUND,
    ContractUnreadable: Failure.DRAFT_REFUSED,
    WorklogUnreadable: Failure.DRAFT_REFUSED,
    DraftRefused: Failure.DRAFT_REFUSED,
    AlreadyInvoiced: Failure.ALREADY_INVOICED,
    ContractKeyAmbiguous: Failure.DRAFT_REFUSED,
    TermsMissing: Failure.TERMS_MISSING,
}
FAULTS: Final[dict[type[Exception], str]] = {
    WarehouseTimeout: Failure.WAREHOUSE_TIMEOUT,
    WarehouseUnavailable: Failure.WAREHOUSE_UNAVAILABLE,
    WarehouseRefused: Failure.WAREHOUSE_UNAVAILABLE,
}


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Raise the errors of the two tables as ApplicationError with their failure code.

    An activity uses this around everything that reads ClickHouse or computes a draft.
    """
    try:
        yield
    except tuple(REFUSALS) as error:
        raise ApplicationError(str(error), type=REFUSALS[type(error)], non_retryable=True) from error
    except tuple(FAULTS) as error:
        raise ApplicationError(str(error), type=FAULTS[type(error)]) from error
