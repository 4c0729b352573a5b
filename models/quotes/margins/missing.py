"""What is missing to know the costs, each thing told once with its days and hours."""

from dataclasses import dataclass, field
from datetime import date

from models.quotes.margins.facts import Missing, MissingKind
from models.values.money import hours


@dataclass
class MissingCosts:
    """Collects what is missing."""

    _days: dict[tuple[MissingKind, str], list[date]] = field(default_factory=dict)
    _seconds: dict[tuple[MissingKind, str], int] = field(default_factory=dict)

    def add(self, kind: MissingKind, name: str, day: date, seconds: int) -> None:
        self._days.setdefault((kind, name), []).append(day)
        self._seconds[kind, name] = self._seconds.get((kind, name), 0) + seconds

    def found(self) -> tuple[Missing, ...]:
        """Return what is missing, by kind and name."""
        return tuple(
            Missing(
                kind=kind,
                name=name,
                first=min(days),
                last=max(days),
                seconds=self._seconds[kind, name],
                message=_message(kind, name, min(days), max(days), self._seconds[kind, name]),
            )
            for (kind, name), days in sorted(self._days.items())
        )


def _message(kind: MissingKind, name: str, first: date, last: date, seconds: int) -> str:
    days = f"on {first}" if first == last else f"from {first} to {last}"
    worked = f"{hours(seconds):.2f} hours"
    match kind:
        case MissingKind.COST_RATE:
            return f"{name} has no cost rate {days}, when {worked} were worked; add one to the settings."
        case MissingKind.EXCHANGE_RATE:
            return f"There is no exchange rate {name} {days} for the cost of {worked}; add one to the settings."
        case MissingKind.WORKLOG:
            return f"Worklog {name} is no longer in ClickHouse; who worked its {worked} is not known."
        case MissingKind.CONTRACT:
            return f"The work of {name} ({worked})."
