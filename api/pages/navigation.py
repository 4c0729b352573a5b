"""The navigation: the pages that there are, for the role of the person. What a person may not open has no entry."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.pages.languages import N_
from models.access.roles import ADMINISTERING, DRAFTING, READING, Role
from models.invoice.permissions import LEAST_ROLE
from models.invoice.status import CommandName


@dataclass(frozen=True)
class Entry:
    label: str
    address: str
    icon: str
    key: str  # the letter after `g`; empty for none
    least_role: Role = READING
    of_costs: bool = False  # only for those who see costs
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
            Entry(N_("Signing"), "/signing", "pencil-square", "s", LEAST_ROLE[CommandName.SUBMIT_SIGNATURE]),
            Entry(N_("Open items"), "/open-items", "clock", "o"),
            Entry(N_("Payments"), "/payments", "banknotes", "y"),
            Entry(N_("Clients"), "/clients", "building-office", "c"),
            Entry(N_("Runs"), "/runs", "play-circle", "n"),
            Entry(N_("Generate invoice"), "/generate", "document-plus", "", DRAFTING, shortcut="n"),
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
            Entry(N_("Payables"), "/payables", "credit-card", "v"),
        ),
    ),
    Section(
        N_("Sales"),
        (
            Entry(N_("Calculator"), "/calculator", "calculator", "k"),
            Entry(N_("Quotes"), "/quotes", "document-currency-dollar", "u"),
            Entry(N_("Margins"), "/margins", "chart-pie", "m", of_costs=True),
        ),
    ),
    Section(
        N_("Setup"),
        (
            Entry(N_("Settings"), "/settings", "cog-6-tooth", "e"),
            Entry(N_("Users"), "/settings/users", "users", "w", ADMINISTERING),
            Entry(N_("Webhooks"), "/settings/webhooks", "bolt", "h", ADMINISTERING),
            Entry(N_("Audit"), "/audit", "shield-check", "a"),
        ),
    ),
)


def sections(path: str, role: Role | None, *, sees_costs: bool = False) -> list[Section]:
    """Return the sections that have entries for the role, with the entry marked that the page belongs to."""
    if role is None:
        return []
    here = _address_of(path)
    found = []
    for section in SECTIONS:
        entries = tuple(
            replace(each, is_here=each.address == here)
            for each in section.entries
            if role.includes(each.least_role) and (sees_costs or not each.of_costs)
        )
        if entries:
            found.append(replace(section, entries=entries))
    return found


def _address_of(path: str) -> str | None:
    """Return the address of the entry that the page belongs to: the longest that the path begins with."""
    addresses = [entry.address for section in SECTIONS for entry in section.entries]
    return max((each for each in addresses if _belongs(path, each)), key=len, default=None)


def _belongs(path: str, address: str) -> bool:
    return path == address or (address != "/" and path.startswith(f"{address}/"))
