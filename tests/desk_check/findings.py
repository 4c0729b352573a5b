"""What is wrong with a page, and the tables that a check ends with."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rich.table import Table
from rich.text import Text

FIRST_VIEW_BYTES, LATER_VIEW_BYTES = 150_000, 30_000
LONGEST_TEXT = 400


class Fault(StrEnum):
    ANSWER = "answer"
    BARRIER = "barrier"
    CONSOLE = "console"
    CSP = "CSP"
    HOST = "other host"
    WIDE = "wider than a phone"
    HEAVY = "bytes"


@dataclass(frozen=True)
class Finding:
    """One fault of a page. `look` is the language and the theme in which it was seen."""

    fault: Fault
    text: str
    address: str
    look: str


@dataclass(frozen=True)
class Viewed:
    """A page that was opened, with the bytes that were sent for it."""

    address: str
    look: str
    sent: int
    is_first: bool


def heavy(viewed: Viewed) -> list[Finding]:
    """Return the finding of a page for which too much was sent."""
    most = FIRST_VIEW_BYTES if viewed.is_first else LATER_VIEW_BYTES
    if viewed.sent < most:
        return []
    text = f"{viewed.sent / 1000:.1f} KB, of at most {most // 1000} KB"
    return [Finding(Fault.HEAVY, text, viewed.address, viewed.look)]


def message_of_console(text: str) -> tuple[Fault, str]:
    """Chromium writes into the console what the Content-Security-Policy has stopped."""
    return (Fault.CSP if "Content Security Policy" in text else Fault.CONSOLE), text[:LONGEST_TEXT]


def table_of_findings(findings: Sequence[Finding]) -> Table:
    """Each fault once, with its first page and the number of pages that have it."""
    same: dict[tuple[Fault, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        same[finding.fault, finding.text].append(finding)
    shown = Table("", "What", "Where", "Looks", "Pages", box=None, header_style="dim", padding=(0, 2, 0, 0))
    for (fault, text), each in sorted(same.items()):
        looks = ", ".join(sorted({finding.look for finding in each}))
        pages = str(len({finding.address for finding in each}))
        shown.add_row(Text(fault, "red"), Text(text), Text(each[0].address), looks, pages)
    return shown


def table_of_views(views: Iterable[Viewed], findings: Iterable[Finding]) -> Table:
    """A line for each look: how many pages were opened, the heaviest views, and how much is wrong."""
    shown = Table("Look", "Pages", "First view", "Heaviest later view", "Found", box=None, header_style="dim")
    by_look: dict[str, list[Viewed]] = defaultdict(list)
    for viewed in views:
        by_look[viewed.look].append(viewed)
    counts: dict[str, int] = defaultdict(int)
    for finding in findings:
        counts[finding.look] += 1
    for look, each in by_look.items():
        first = max((viewed.sent for viewed in each if viewed.is_first), default=0)
        later = max((viewed for viewed in each if not viewed.is_first), key=lambda it: it.sent, default=None)
        heaviest = f"{later.sent / 1000:.1f} KB {later.address}" if later else "-"
        found = Text(str(counts[look]), "red" if counts[look] else "green")
        shown.add_row(look, str(len(each)), f"{first / 1000:.1f} KB", Text(heaviest), found)
    return shown
