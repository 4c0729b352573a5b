"""The time of one edit of a long draft that changes, copies and removes each line.

Temporal allows a workflow task two seconds. A step for each pair of line and change would be a hundred million steps.
"""

import statistics
import time
from decimal import Decimal

from benchmarks.results import Result
from models.invoice.editing.inputs import AddLine, ChangeLine, LineChange, LineInput, RemoveLine
from models.invoice.editing.lines import apply_line_changes
from models.values.money import Currency

LONGEST_SECONDS = 2
REPEATS = 3


def run(count: int) -> list[Result]:
    lines = apply_line_changes((), [_added(None) for _ in range(count)], Currency.UZS)
    changes: list[LineChange] = [ChangeLine(op="change", id=line.id, quantity=Decimal(2)) for line in lines]
    changes += [_added(lines[0].id) for _ in lines]
    changes += [RemoveLine(op="remove", id=line.id) for line in lines]
    times = []
    for _ in range(REPEATS):
        started_at = time.process_time()
        apply_line_changes(lines, changes, Currency.UZS)
        times.append(time.process_time() - started_at)
    seconds = statistics.median(times)
    return [
        Result(
            name="editing",
            what=f"edit of {count:,} lines with {len(changes):,} changes",
            target=f"< {LONGEST_SECONDS} s",
            measured=f"{seconds:.2f} s (slowest {max(times):.2f} s)",
            met=seconds < LONGEST_SECONDS,
            figures={"median_s": round(seconds, 3), "slowest_s": round(max(times), 3), "changes": len(changes)},
        )
    ]


def _added(before: str | None) -> AddLine:
    return AddLine(op="add", line=LineInput(description="by hand", unit_price=Decimal(1)), before=before)
