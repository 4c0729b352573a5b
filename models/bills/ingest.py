"""How far the ingest of a file and of a bill is, and what operators read about it in the Temporal Web UI."""

from enum import StrEnum

from models.bills.finance.ports import PushResult
from models.bills.matching.ports import AnomaliesFound, BillVersion, Matched
from models.bills.ports import BillWritten, FileRead, WriteOutcome
from models.values.base_models import Frozen


class FileReport(Frozen):
    """How far a file is: what was read, and how many of its bills were started, up to the number `after`."""

    read: FileRead | None = None
    started: int = 0
    after: int = -1
    is_complete: bool = False

    def with_page(self, started: int, last: int | None) -> "FileReport":
        """Return the report after another page of bills; without a last one it is complete."""
        changes = {"started": self.started + started, "after": self.after if last is None else last}
        return self.model_copy(update={**changes, "is_complete": last is None})

    @property
    def details(self) -> str:
        """The Markdown for operators."""
        read = self.read
        if read is None:
            return "The file is being read."
        if read.refusal:
            return f"The file holds no bill. {read.refusal}"
        return (
            f"| format | rows | bills | started | problems |\n|---|---|---|---|---|\n"
            f"| {read.format} | {read.rows} | {read.bills} | {self.started} | {read.problems} |"
        )


class Step(StrEnum):
    """What is done with a bill now."""

    WRITE = "write"
    MATCH = "match"
    COMPARE = "compare"
    PUSH = "push"
    RECORD = "record"
    DONE = "done"


class BillReport(Frozen):
    """How far a bill is. `written` is the newest outcome; the other results belong to the version `current`."""

    step: Step = Step.WRITE
    written: BillWritten | None = None
    current: BillVersion | None = None
    matched: Matched | None = None
    compared: AnomaliesFound | None = None
    pushed: PushResult | None = None
    is_recorded: bool = False
    refused: tuple[str, ...] = ()

    def with_written(self, written: BillWritten) -> "BillReport":
        """Return the report after a write. A new version has to go through all steps, also one that is found again."""
        if written.outcome is WriteOutcome.REFUSED or written.bill_id is None or written.version is None:
            return self.model_copy(update={"refused": (*self.refused, written.note or "")[-MOST_REFUSED:]})
        version = BillVersion(bill_id=written.bill_id, version=written.version)
        if version == self.current:
            return self.model_copy(update={"written": written})
        return BillReport(written=written, current=version, refused=self.refused)

    @property
    def next_step(self) -> Step:
        """What the newest version still needs."""
        if self.current is None or self.is_recorded:
            return Step.DONE
        if self.matched is None:
            return Step.MATCH
        if self.compared is None:
            return Step.COMPARE
        return Step.PUSH if self.pushed is None else Step.RECORD

    @property
    def status(self) -> str:
        """The step, or how the push ended: the value of the search attribute."""
        ended = self.step is Step.DONE and self.pushed is not None
        if self.step is Step.DONE and self.current is None:
            return "refused"
        return self.pushed.state.value if ended and self.pushed else self.step.value

    @property
    def details(self) -> str:
        """The Markdown for operators."""
        parts = [f"**{self.status}**"]
        if written := self.written:
            amount = f"{written.gross} {written.currency}"
            rows = (
                ("bill", written.number or "–"),
                ("month", written.period or "–"),
                ("version", f"{written.version} ({written.outcome})"),
                ("lines", str(written.line_count)),
                ("gross", amount),
                ("problems", str(written.problems)),
            )
            parts.append("| | |\n|---|---|\n" + "\n".join(f"| {name} | {_cell(value)} |" for name, value in rows))
        if matched := self.matched:
            parts.append(
                f"Resources: {matched.matched} matched, {matched.unmatched} not; {matched.allocations} shares."
            )
        if self.compared and self.compared.anomalies:
            parts.append(f"Unusual against the month before: {self.compared.anomalies}.")
        if pushed := self.pushed:
            invoice = f", invoice {pushed.finance_invoice_id}" if pushed.finance_invoice_id else ""
            parts.append(f"Finance: {pushed.action or pushed.state}{invoice}. {pushed.note or ''}".strip())
        parts += [f"A file was refused: {reason}" for reason in self.refused]
        return "\n\n".join(parts)


MOST_REFUSED = 5


class FetchReport(Frozen):
    """The files that were fetched for a month, by their digests; `looks` counts the requests for them."""

    month: str
    files: tuple[str, ...] = ()
    looks: int = 0

    @property
    def details(self) -> str:
        """The Markdown for operators."""
        if not self.files:
            return f"The provider has no invoice for {self.month} yet (asked {self.looks} times)."
        return f"Fetched for {self.month}:\n" + "\n".join(f"- `vendor-bill-file.{each}`" for each in self.files)


def _cell(text: str) -> str:
    """Return the text as a cell of a Markdown table."""
    return " ".join(text.splitlines()).replace("|", "\\|")
