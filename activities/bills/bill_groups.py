"""The bills of a file while its rows are read: who belongs to which, and their exact sums."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from activities.bills.found_problems import FoundProblems
from models.bills.file_content import FileHints
from models.bills.formats.facts import FileFacts
from models.bills.formats.identity import RefusedRow, RowIdentity, identity_of
from models.bills.formats.layout import Layout
from models.bills.line_key import SEPARATOR
from models.bills.totals import EXACT

MOST_PROBLEMS_OF_A_BILL = 20
MOST_LOST_ROWS = 3  # that every bill of the file tells


@dataclass
class GatheredBill:
    """What the rows of a bill have in common, and their sums."""

    first: RowIdentity
    identities: list[RowIdentity] = field(default_factory=list)
    line_count: int = 0
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    line_minor_sum: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    problems: FoundProblems = field(default_factory=lambda: FoundProblems(MOST_PROBLEMS_OF_A_BILL))

    def add(self, *, lines: int, amount: Decimal, minor: int, is_tax: bool) -> None:
        """Add lines with their exact sum, and the sum of what each is when it is rounded."""
        self.line_count += lines
        self.line_minor_sum += minor
        if is_tax:
            self.tax = EXACT.add(self.tax, amount)
        else:
            self.net = EXACT.add(self.net, amount)

    def spans(self, starts_at: datetime | None, ends_at: datetime | None) -> None:
        """Widen the time that the lines cover."""
        moments = [each for each in (self.starts_at, starts_at) if each]
        self.starts_at = min(moments, default=None)
        moments = [each for each in (self.ends_at, ends_at) if each]
        self.ends_at = max(moments, default=None)


class BillGroups:
    """Gives each row the number of its bill. The texts of a row's identity repeat, so each combination is read once."""

    def __init__(self, layout: Layout, hints: FileHints, facts: FileFacts) -> None:
        self._layout = layout
        self._hints = hints
        self._facts = facts
        self._numbers: dict[str, int] = {}
        self._refusals: dict[str, RefusedRow] = {}
        self._by_group: dict[tuple[str, ...], int] = {}
        self.bills: list[GatheredBill] = []
        # Rows that are lost and may be of any bill: none of the bills is certain to be whole.
        self.lost = FoundProblems(MOST_LOST_ROWS)

    def number_of(self, identity_key: str) -> int | None:
        """Return the number of the bill, None if the row belongs to none."""
        if identity_key in self._numbers:
            return self._numbers[identity_key]
        if identity_key in self._refusals:
            return None
        try:
            row = identity_of(self._layout, tuple(identity_key.split(SEPARATOR)), self._hints, self._facts)
        except RefusedRow as refusal:
            self._refusals[identity_key] = refusal
            return None
        number = self._by_group.setdefault(row.group, len(self.bills))
        if number == len(self.bills):
            self.bills.append(GatheredBill(row))
        self.bills[number].identities.append(row)
        self._numbers[identity_key] = number
        return number

    def refusal_of(self, identity_key: str) -> RefusedRow:
        """Return why a row has no bill."""
        return self._refusals[identity_key]

    @property
    def first_refusal(self) -> RefusedRow | None:
        """The refusal that was found first; None if every row has a bill."""
        return next(iter(self._refusals.values()), None)
