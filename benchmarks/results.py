"""The result of a benchmark: target, measurement and figures, as a table and as a file."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table
from rich.text import Text

Figure = int | float | str


@dataclass(frozen=True)
class Result:
    """One result. `measured` is a text; `figures` holds its numbers, by name with unit."""

    name: str
    what: str
    target: str
    measured: str
    met: bool
    figures: dict[str, Figure] = field(default_factory=dict)


def table(results: Sequence[Result]) -> Table:
    shown = Table("", "What", "Target", "Measured", box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for result in results:
        mark = Text("✓", "green") if result.met else Text("✗", "red")
        shown.add_row(mark, result.what, result.target, Text(result.measured, "" if result.met else "red"))
    return shown


def write(results: Sequence[Result], path: Path) -> None:
    """Write the results as JSON, replacing those of an earlier run."""
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    found = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "results": [asdict(result) for result in results],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
