"""What a soak shows: a progress bar, a line of counts now and then, and in the end what did not hold."""

import time
from collections import Counter
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.text import Text

from soak.invariants import Violation
from soak.lives import Life

LINE_EVERY_SECONDS = 20.0
LONGEST_TEXT = 1500


@dataclass
class Report:
    """The counts of a soak and its progress in seconds."""

    console: Console
    progress: Progress
    task: TaskID
    started_at: float = field(default_factory=time.monotonic)
    disturbances: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    lives: int = 0
    settled_lives: int = 0
    rounds: int = 0
    steps: int = 0
    _line_at: float = 0.0

    def stepped(self, steps: int) -> None:
        self.steps = steps
        self._line_now_and_then("living")

    def _line_now_and_then(self, phase: str) -> None:
        seconds = time.monotonic() - self.started_at
        self.progress.update(self.task, completed=seconds)
        if seconds - self._line_at >= LINE_EVERY_SECONDS:
            self._line_at = seconds
            self.line(phase)

    def lived(self, life: Life) -> None:
        self.lives += 1
        self.answers.update(each.outcome for each in life.sent)

    def settled(self) -> None:
        """Count a life that was brought to its end, or was not in time."""
        self.settled_lives += 1
        self._line_now_and_then(f"settling ({self.settled_lives} of {self.lives})")

    def phase(self, name: str) -> None:
        self.progress.update(self.task, description=name)
        self.line(name)

    def line(self, phase: str) -> None:
        seconds = time.monotonic() - self.started_at
        happened = ", ".join(f"{count} {name}" for name, count in sorted(self.disturbances.items()))
        answered = ", ".join(f"{count} {name}" for name, count in sorted(self.answers.items()))
        text = (
            f"{seconds:5.0f} s {phase}: {self.lives} lives, {self.steps} steps ({answered or '-'}); {happened or '-'}"
        )
        self.console.print(text, highlight=False, soft_wrap=True)

    def checked(self, lives: list[Life], found: list[Violation]) -> None:
        """Print the result of a round, and each violation with the history of its invoice."""
        self.rounds += 1
        made = [life for life in lives if life.invoice_id]
        self.progress.update(self.task, description="living")
        state = f"{len(found)} invariants do not hold" if found else "every invariant holds"
        self.console.print(
            f"Round {self.rounds}: {len(lives)} lives, {len(made)} invoices, "
            f"{sum(life.has_ended for life in made)} brought to their end; {state}.",
            style="red" if found else "green",
        )
        histories = {life.invoice_id: life for life in made}
        for violation in found:
            self._violation(violation, histories.get(violation.invoice_id))

    def _violation(self, violation: Violation, life: Life | None) -> None:
        named = f"invoice {violation.invoice_id}" if violation.invoice_id else "the whole"
        self.console.print(Text(f"✗ {violation.rule}: {named}: {violation.text[:LONGEST_TEXT]}", "red"))
        if life is None:
            return
        self.console.print(f"  {life.name}, workflow {life.workflow_id}", highlight=False)
        for step in life.history:
            self.console.print(f"    {step}", highlight=False, markup=False)
