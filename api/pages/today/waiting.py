"""What waits for people: lists of the registry that should be empty, with their size and their oldest invoice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.pages.languages import N_
from api.pages.registry.chips import ADDRESS
from api.pages.rendering import url_query
from api.registry.filters import InvoiceFilter, Order, Sort
from api.registry.queries import Total
from api.registry.repository import Registry
from models.access.roles import READING, Role
from models.invoice.permissions import LEAST_ROLE
from models.invoice.status import CommandName, Status


@dataclass(frozen=True)
class Task:
    """A kind of waiting. `role` is the least role that can end it."""

    label: str
    look: str
    filters: dict[str, Any]
    role: Role = READING
    address: str | None = None


@dataclass(frozen=True)
class Waiting:
    task: Task
    total: Total
    oldest: datetime
    address: str
    is_mine: bool


TASKS: Sequence[Task] = (
    Task(N_("To review"), "review", {"status": [Status.NEEDS_REVIEW]}, LEAST_ROLE[CommandName.APPROVE], "/review"),
    Task(N_("Blocked: something failed"), "blocked", {"blocked": True}, LEAST_ROLE[CommandName.RETRY_EFFECT]),
    Task(N_("Wait longer than they should"), "blocked", {"past_deadline": True}, LEAST_ROLE[CommandName.FINALIZE]),
    Task(N_("Late: not paid in time"), "failed", {"overdue": True}, LEAST_ROLE[CommandName.RECORD_PAYMENT]),
    Task(N_("Letters returned"), "failed", {"bounced": True}, LEAST_ROLE[CommandName.EDIT]),
    Task(N_("Declined: to be corrected"), "review", {"status": [Status.DECLINED]}, LEAST_ROLE[CommandName.REOPEN]),
    Task(N_("Approved: to be sent"), "approved", {"status": [Status.APPROVED]}, LEAST_ROLE[CommandName.DELIVER]),
    Task(N_("Drafts to finalise"), "draft", {"status": [Status.DRAFT]}, LEAST_ROLE[CommandName.FINALIZE]),
    Task(N_("On hold"), "blocked", {"held": True}, LEAST_ROLE[CommandName.RELEASE]),
)


async def waiting(registry: Registry, role: Role) -> list[Waiting]:
    """Return the tasks that have invoices; those that this role can end come first."""
    found = []
    for task in TASKS:
        oldest_first = InvoiceFilter(**task.filters, sort=Sort.CREATED_AT, order=Order.ASC, per_page=1)
        listing = await registry.invoices(oldest_first)
        if listing.rows:
            is_mine = role.includes(task.role)
            own = task.address if is_mine else None
            address = own or ADDRESS + url_query({name: _text(value) for name, value in task.filters.items()})
            found.append(Waiting(task, listing.total, listing.rows[0]["created_at"], address, is_mine))
    return sorted(found, key=lambda each: not each.is_mine)


def _text(value: Any) -> Any:
    return "true" if value is True else [str(each) for each in value]
