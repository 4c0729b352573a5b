"""What a file states about its bill outside the rows: a preamble, a summary, the envelope of an API."""

from datetime import date, datetime
from decimal import Decimal

from models.bills.problem import Problem
from models.values.base_models import Frozen


class FileFacts(Frozen):
    """The facts. Each is None if the file does not state it. `period_end` is exclusive."""

    invoice_id: str | None = None
    number: str | None = None
    account: str | None = None
    currency: str | None = None
    period_start: date | None = None
    period_end: date | None = None
    issued_at: datetime | None = None
    stated_total: Decimal | None = None
    stated_tax: Decimal | None = None
    is_preview: bool = False
    problems: tuple[Problem, ...] = ()
