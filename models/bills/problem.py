"""What does not fit in a file or a bill, with its place."""

from models.values.base_models import Frozen

MOST_PROBLEMS = 100


class Problem(Frozen):
    """A finding with its place. `row` counts the records of the file from 1, without the header.

    A bill with a problem that contradicts its total is kept and shown, and not pushed.
    """

    code: str
    message: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    contradicts_total: bool = False
