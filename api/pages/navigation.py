"""The navigation: the pages that there are, for the role of the person. What a person may not open has no entry."""

from dataclasses import dataclass

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


ENTRIES: tuple[Entry, ...] = (
    Entry(N_("Today"), "/", "home", "t"),
    Entry(N_("Invoices"), "/invoices", "document-text", "i"),
    Entry(N_("Review"), "/review", "check-badge", "r", LEAST_ROLE[CommandName.APPROVE]),
)


def sections(path: str, role: Role | None) -> list[Entry]:
    """Return the entries for the role, with the one marked that the page belongs to."""
    if role is None:
        return []
    return [
        Entry(each.label, each.address, each.icon, each.key, each.least_role, is_here=_belongs(path, each.address))
        for each in ENTRIES
        if role.includes(each.least_role)
    ]


def _belongs(path: str, address: str) -> bool:
    return path == address or (address != "/" and path.startswith(f"{address}/"))
