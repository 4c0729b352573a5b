"""The activity that pushes a bill to finance."""

from datetime import datetime

from models.bills.bill import PushState
from models.values.base_models import Frozen
from models.values.port import Port


class PushRequest(Frozen):
    """The version of a bill to push. A forced push is sent even if finance has the same content already."""

    bill_id: str
    version: int
    forced: bool = False


class PushResult(Frozen):
    """What became of the push, as it is recorded on the bill.

    `action` is what finance answered: created, updated or unchanged; None if nothing was sent.
    """

    state: PushState
    note: str | None = None
    finance_invoice_id: str | None = None
    action: str | None = None
    pushed_at: datetime | None = None


PUSH_BILL = Port("bills.push_to_finance", PushRequest, PushResult)
