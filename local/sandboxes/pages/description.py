"""The description of a page: sections of records, the buttons of a record, and the actions of the whole page."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

from markupsafe import Markup

Tone = Literal["grey", "blue", "green", "amber", "red"]
Form = Mapping[str, str]


@dataclass(frozen=True)
class Pill:
    """A state in words. The tone is a second sign only."""

    text: str
    tone: Tone = "grey"


Cell = str | Markup | Pill


@dataclass(frozen=True)
class Input:
    """A field of a form; one with options is a list to choose from."""

    name: str
    label: str
    value: str = ""
    options: Sequence[str] = ()
    number: bool = False
    required: bool = False


def no_body(_: Form) -> Any:
    return None


@dataclass(frozen=True)
class Action:
    """A button: what a person does, as a request to an admin route of the sandbox.

    The key of a record replaces the parameter of the path; in a form it is the field `key`.
    """

    name: str
    label: str
    path: str
    done: str
    """The sentence that is shown afterwards."""
    method: str = "POST"
    body: Callable[[Form], Any] = no_body
    inputs: tuple[Input, ...] = ()
    severe: bool = False

    def path_for(self, key: str) -> str:
        return re.sub(r"\{\w+\}", quote(key, safe=""), self.path)


@dataclass(frozen=True)
class Row:
    """A record. `details` is shown after a click. A button has the inputs of its action, or those given here."""

    key: str
    cells: Sequence[Cell]
    details: str = ""
    actions: Sequence[Action] = ()
    inputs: Mapping[str, tuple[Input, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    label: str
    kind: Literal["text", "id", "amount", "time", "chat"] = "text"


@dataclass(frozen=True)
class Section:
    """The records of one kind, the oldest first."""

    title: str
    columns: Sequence[Column]
    records: Callable[[], Sequence[Any]]
    row: Callable[[Any], Row]
    empty: str


@dataclass(frozen=True)
class Faults:
    """The queued faults in words, and the actions that queue one and remove all."""

    queued: Callable[[], Sequence[str]]
    queue: Action
    remove: Action


@dataclass(frozen=True)
class Request:
    """A request that came in."""

    at: str
    method: str
    path: str
    status: int | None
    fault: str | None
    body: str


@dataclass(frozen=True)
class Page:
    """The page of a sandbox. `actions` are all of its buttons: those of records and those of the page."""

    title: str
    about: str
    sections: Sequence[Section]
    faults: Faults
    page_actions: Sequence[Action] = ()
    row_actions: Sequence[Action] = ()
    note: str = ""
    home: str | None = None
    requests: Callable[[], Sequence[Request]] | None = None

    @property
    def actions(self) -> dict[str, Action]:
        every = (*self.page_actions, *self.row_actions, self.faults.queue, self.faults.remove)
        return {action.name: action for action in every}


def amount(value: object) -> str:
    """Return the amount with its thousands apart and at least two decimals; a dash if there is none."""
    if value is None:
        return "–"
    exact = Decimal(str(value))
    return (f"{exact:,.2f}" if exact == round(exact, 2) else f"{exact:,f}").replace(",", "\u202f")


def moment(text: str) -> str:
    """Return a moment in ISO form without its fraction and zone, which is UTC."""
    return text[:19].replace("T", " ")
