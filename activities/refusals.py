"""What rules and ClickHouse say, as errors that Temporal tells apart: a refusal is final, a fault is tried again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from temporalio.exceptions import ApplicationError

from activities.warehouse import WarehouseError, WarehouseTimeout
from models.errors import DraftRefused
from models.facts import ApplicationNotFound, ApplicationUnreadable, CustomerNotFound, WorklogUnreadable
from models.ports import Failure

REFUSALS: Final[dict[type[Exception], str]] = {
    ApplicationNotFound: Failure.APPLICATION_NOT_FOUND,
    CustomerNotFound: Failure.CUSTOMER_NOT_FOUND,
    ApplicationUnreadable: Failure.DRAFT_REFUSED,
    WorklogUnreadable: Failure.DRAFT_REFUSED,
    DraftRefused: Failure.DRAFT_REFUSED,
}


@contextmanager
def refusals() -> Iterator[None]:
    """Around everything that asks ClickHouse or makes a draft."""
    try:
        yield
    except tuple(REFUSALS) as error:
        raise ApplicationError(str(error), type=REFUSALS[type(error)], non_retryable=True) from error
    except WarehouseTimeout as error:
        raise ApplicationError(str(error), type=Failure.WAREHOUSE_TIMEOUT) from error
    except WarehouseError as error:
        raise ApplicationError(str(error), type=Failure.WAREHOUSE_UNAVAILABLE) from error
