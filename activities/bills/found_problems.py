"""The problems of a file: the first of them in full, the others as a number."""

from collections.abc import Iterable

from models.bills.problem import MOST_PROBLEMS, Problem

LONGEST_VALUE = 120
LONGEST_COLUMN = 80


class FoundProblems:
    """Collects problems. `count` counts all of them, also those that are not kept."""

    def __init__(self, most: int = MOST_PROBLEMS) -> None:
        self._most = most
        self._kept: list[Problem] = []
        self._contradicts = False
        self.count = 0

    def add(self, problem: Problem) -> None:
        """Keep the problem if there is room, or if it is the first that contradicts a total."""
        self.count += 1
        is_first_of_its_kind = problem.contradicts_total and not self._contradicts
        self._contradicts |= problem.contradicts_total
        if len(self._kept) < self._most:
            self._kept.append(problem)
        elif is_first_of_its_kind:
            self._kept[-1] = problem

    def extend(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.add(problem)

    def kept(self) -> tuple[Problem, ...]:
        """Return the kept problems: those of the whole first, then those of rows in the order of the file."""
        return tuple(sorted(self._kept, key=lambda problem: problem.row or 0))


def row_problem(code: str, row: int, column: str | None, value: str, why: str, *, contradicts: bool) -> Problem:
    """Return the problem of a value in a row."""
    column = column[:LONGEST_COLUMN] if column else None
    shown = value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}..."
    where = f"{column}: " if column else ""
    return Problem(
        code=code,
        message=f"{where}{shown!r} cannot be used, because {why}.",
        row=row,
        column=column,
        value=shown,
        contradicts_total=contradicts,
    )
