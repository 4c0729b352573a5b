"""The navigation: the pages that there are, for the role of the person. What a person may not open has no entry."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.pages.languages import N_
from models.access.roles import DRAFTING, READING, Role
from models.invoice.permissions import LEAST_ROLE
from models.invoice.status import CommandName


@dataclass(frozen=True)
class Entry:
    label: str
    address: str
    icon: str
    key: str  # the letter after `g`; empty for none
    least_role: Role = READING
    shortcut: str = ""  # the letter alone, for what one does rather than for a place
    is_here: bool = False


@dataclass(frozen=True)
class Section:
    """Pages that belong together. The first section has no heading."""

    label: str
    entries: tuple[Entry, ...]


SECTIONS: Sequence[Section] = (
    Section(
        "",
        (
            Entry(N_("Today"), "/", "home", "t"),
            Entry(N_("Invoices"), "/invoices", "document-text", "i"),
            Entry(N_("Review"), "/review", "check-badge", "r", LEAST_ROLE[CommandName.APPROVE]),
            Entry(N_("Clients"), "/clients", "building-office", "c"),
            Entry(N_("Runs"), "/runs", "queue-list", "n"),
            Entry(N_("Generate invoice"), "/generate", "document-plus", "", DRAFTING, shortcut="n"),
        ),
    ),
)


def sections(path: str, role: Role | None) -> list[Section]:
    """Return the sections that have entries for the role, with the entry marked that the page belongs to."""
    if role is None:
        return []
    found = []
    for section in SECTIONS:
        entries = tuple(
            replace(each, is_here=_belongs(path, each.address))
            for each in section.entries
            if role.includes(each.least_role)
        )
        if entries:
            found.append(replace(section, entries=entries))
    return found


def _belongs(path: str, address: str) -> bool:
    return path == address or (address != "/" and path.startswith(f"{address}/"))
