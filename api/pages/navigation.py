"""The navigation: the pages that there are, for the role of the person. What a person may not open has no entry."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.pages.languages import N_
from models.access.roles import READING, Role
from models.invoice.permissions import LEAST_ROLE
from models.invoice.status import CommandName


@dataclass(frozen=True)
class Entry:
    label: str
    address: str
    icon: str
    key: str  # the letter after `g`
    least_role: Role = READING
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
            Entry(N_("Open items"), "/open-items", "clock", "o"),
            Entry(N_("Clients"), "/clients", "building-office", "c"),
        ),
    ),
    Section(
        N_("Partners"),
        (
            Entry(N_("Orders"), "/orders", "clipboard-document-list", "d"),
            Entry(N_("Ready for invoice"), "/orders/ready", "queue-list", "q"),
            Entry(N_("Partners"), "/partners", "building-office-2", "p"),
            Entry(N_("Rate cards"), "/rate-cards", "currency-dollar", "l"),
            Entry(N_("Finance"), "/partners/finance", "chart-bar", "f"),
        ),
    ),
    Section(
        N_("Payables"),
        (
            Entry(N_("Vendor bills"), "/bills", "cloud", "b"),
            Entry(N_("Payables"), "/payables", "banknotes", "v"),
        ),
    ),
    Section(N_("Setup"), (Entry(N_("Settings"), "/settings", "cog-6-tooth", "e"),)),
)


def sections(path: str, role: Role | None) -> list[Section]:
    """Return the sections that have entries for the role, with the entry marked that the page belongs to."""
    if role is None:
        return []
    here = max(
        (each.address for section in SECTIONS for each in section.entries if _belongs(path, each.address)),
        key=len,
        default=None,
    )
    found = []
    for section in SECTIONS:
        entries = tuple(
            replace(each, is_here=each.address == here) for each in section.entries if role.includes(each.least_role)
        )
        if entries:
            found.append(replace(section, entries=entries))
    return found


def _belongs(path: str, address: str) -> bool:
    return path == address or (address != "/" and path.startswith(f"{address}/"))
