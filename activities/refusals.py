"""What rules and ClickHouse say, by the codes of `models.ports.Failure`: a refusal is final, a fault is tried again.

Activities raise them as errors of Temporal; the API answers by the same tables (`api/reads.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from temporalio.exceptions import ApplicationError

from activities.warehouse import WarehouseRefused, WarehouseTimeout, WarehouseUnavailable
from models.errors import DraftRefused
from models.facts import ApplicationNotFound, ApplicationUnreadable, CustomerNotFound, WorklogUnreadable
from models.ports import Failure
from models.terms import TermsMissing

REFUSALS: Final[dict[type[Exception], str]] = {
    ApplicationNotFound: Failure.APPLICATION_NOT_FOUND,
    CustomerNotFound: Failure.CUSTOMER_NOT_FOUND,
    ApplicationUnreadable: Failure.DRAFT_REFUSED,
    WorklogUnreadable: Failure.DRAFT_REFUSED,
    DraftRefused: Failure.DRAFT_REFUSED,
    TermsMissing: Failure.TERMS_MISSING,
}
FAULTS: Final[dict[type[Exception], str]] = {
    WarehouseTimeout: Failure.WAREHOUSE_TIMEOUT,
    WarehouseUnavailable: Failure.WAREHOUSE_UNAVAILABLE,
    WarehouseRefused: Failure.WAREHOUSE_UNAVAILABLE,
}


@contextmanager
def refusals() -> Iterator[None]:
    """Around everything in an activity that asks ClickHouse or makes a draft."""
    try:
        yield
    except tuple(REFUSALS) as error:
        raise ApplicationError(str(error), type=REFUSALS[type(error)], non_retryable=True) from error
    except tuple(FAULTS) as error:
        raise ApplicationError(str(error), type=FAULTS[type(error)]) from error
