"""The result of an archive sweep: what is missing in the bucket, what is extra, and what is different."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Self

from pydantic import Field

from models.values.base_models import Frozen

MOST_FINDINGS = 200  # the others are counted only, so that the result stays far below the size that Temporal accepts
SHOWN_ROWS = 50  # the Web UI shows about 20 KB of text


class FindingKind(StrEnum):
    MISSING = "missing"
    """In the database, not in the bucket."""
    EXTRA = "extra"
    """In the bucket, unknown to the database."""
    DIFFERENT = "different"
    """In both, with another size, other metadata or another content."""


class Finding(Frozen):
    """One difference between the bucket and the database."""

    kind: FindingKind
    key: str
    invoice_id: str | None = None
    quote_id: str | None = None
    number: str | None = None
    reason: str

    @property
    def owner(self) -> str:
        """The number or the id of the invoice or the quote that it is about."""
        return self.number or self.invoice_id or self.quote_id or "–"


class Phase(StrEnum):
    """What a sweep goes through: the invoices and the quotes in the database, then the objects in the bucket."""

    INVOICES = "invoices"
    QUOTES = "quotes"
    OBJECTS = "objects"
    DONE = "done"


class SweepPage(Frozen):
    """The comparison of one page of a phase. The next page begins after `last`; None if there is none."""

    last: str | None
    compared: int
    files: int = 0
    read: int = 0
    total: int | None = Field(default=None, description="the number of invoices or quotes, counted with the first page")
    findings: tuple[Finding, ...] = ()
    counts: Mapping[FindingKind, int] = {}
    note: str | None = Field(default=None, description="why nothing can be compared")


class SweepReport(Frozen):
    """The result of a sweep so far; it is complete in the phase `done`."""

    phase: Phase = Phase.INVOICES
    after: str = Field(default="", description="the last invoice, quote or object of the phase that was compared")
    invoices: int = 0
    invoices_total: int = 0
    quotes: int = 0
    quotes_total: int = 0
    files: int = Field(default=0, description="the files that these invoices and quotes must have")
    read: int = Field(default=0, description="the files whose content was read")
    objects: int = Field(default=0, description="the objects of the bucket")
    findings: tuple[Finding, ...] = Field(default=(), description=f"the first {MOST_FINDINGS}")
    counts: Mapping[FindingKind, int] = {}
    note: str | None = None

    @property
    def is_complete(self) -> bool:
        return self.phase is Phase.DONE

    @property
    def found(self) -> int:
        """The number of all findings, those that are counted only included."""
        return sum(self.counts.values())

    @property
    def room(self) -> int:
        """How many more findings the report can hold."""
        return MOST_FINDINGS - len(self.findings)

    def with_page(self, page: SweepPage, *, has_quotes: bool = True) -> Self:
        """Return the report with one page more; after the last page of a phase the next phase begins.

        Without quotes the objects follow the invoices, as in sweeps of earlier releases.
        """
        match self.phase:
            case Phase.INVOICES:
                following = Phase.QUOTES if has_quotes else Phase.OBJECTS
                counted = {
                    "invoices": self.invoices + page.compared,
                    "invoices_total": page.total or self.invoices_total,
                }
            case Phase.QUOTES:
                following = Phase.OBJECTS
                counted = {"quotes": self.quotes + page.compared, "quotes_total": page.total or self.quotes_total}
            case _:
                following = Phase.DONE
                counted = {"objects": self.objects + page.compared}
        if page.note is not None:
            following = Phase.DONE
        changes = {
            **counted,
            "phase": self.phase if page.last is not None else following,
            "after": page.last or "",
            "files": self.files + page.files,
            "read": self.read + page.read,
            "findings": (*self.findings, *page.findings[: self.room]),
            "counts": dict(Counter(self.counts) + Counter(page.counts)),
            "note": self.note or page.note,
        }
        return self.model_copy(update=changes)


def is_read_today(key: str, day: int, every: int) -> bool:
    """Return whether the content of this file is read in the sweep of this day: once in `every` days."""
    return int(sha256(key.encode()).hexdigest()[:8], 16) % every == day % every


def summary(report: SweepReport) -> str:
    """Return one sentence on what was compared and one on what was found."""
    if report.note:
        return report.note
    counts = ", ".join(f"{report.counts.get(kind, 0)} {kind}" for kind in FindingKind)
    return (
        f"{report.invoices} invoices and {report.quotes} quotes with {report.files} files were compared with the "
        f"bucket ({report.read} were read whole), and {report.objects} objects of the bucket with the database. "
        f"Found: {counts}."
    )


def sweep_current_details(report: SweepReport) -> str:
    """Return the sweep's current details: the Markdown that operators read in the Temporal Web UI."""
    parts = [f"## Archive sweep: {report.phase}\n\n{summary(report)}"]
    if report.findings:
        rows = [_row(each) for each in report.findings[:SHOWN_ROWS]]
        parts.append("\n".join(["| finding | file | document | what |", "|---|---|---|---|", *rows]))
    if report.found > min(len(report.findings), SHOWN_ROWS):
        parts.append(f"... {report.found} in all; `aktum archive check` lists the first {MOST_FINDINGS}.")
    return "\n\n".join(parts)


def _row(finding: Finding) -> str:
    cells = (finding.kind, finding.key, finding.owner, finding.reason)
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """Return the text as a cell of a Markdown table."""
    return " ".join(text.splitlines()).replace("|", "\\|")
