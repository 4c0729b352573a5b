"""The filters in use, in words, each with the address of the same list without it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from api.pages.languages import N_
from api.pages.lists import Asked, Chip, in_words
from api.pages.rendering import Desk, url_query
from api.pages.words import KINDS, STATUSES
from api.registry.filters import InvoiceFilter, Selection
from models.values.period import Period

ADDRESS = "/invoices"

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "q": N_("Search"),
        "status": N_("Status"),
        "kind": N_("Kind"),
        "currency": N_("Currency"),
        "period": N_("Period"),
        "period_from": N_("Period from"),
        "period_to": N_("Period to"),
        "invoice_date_from": N_("Invoice date from"),
        "invoice_date_to": N_("Invoice date to"),
        "due_date_from": N_("Due from"),
        "due_date_to": N_("Due to"),
        "min_total": N_("Total from"),
        "max_total": N_("Total to"),
        "customer_key": N_("Client key"),
        "application_key": N_("Contract key"),
        "overdue": N_("Late"),
        "held": N_("On hold"),
        "blocked": N_("Blocked"),
        "bounced": N_("Letter returned"),
        "past_deadline": N_("Waits too long"),
        "has_credit": N_("Has credit"),
    }
)
MONTHS = frozenset({"period", "period_from", "period_to"})


def chips(desk: Desk, asked: Asked[InvoiceFilter]) -> list[Chip]:
    """Return a chip for each filter in use; a status each for a filter by several statuses."""
    return list(_chips(desk, asked))


def _chips(desk: Desk, asked: Asked[InvoiceFilter]) -> Iterator[Chip]:
    used = asked.filters.used
    both = asked.filters.min_total
    is_exact_total = both is not None and both == asked.filters.max_total
    for name in Selection.model_fields:
        if name not in used or (is_exact_total and name == "max_total"):
            continue
        if name == "status":
            for status in asked.filters.status:
                address = ADDRESS + url_query(asked.without(name, status.value))
                yield Chip(desk.text(LABELS[name]), desk.text(STATUSES[status]), address)
        elif is_exact_total and name == "min_total":
            rest = {key: value for key, value in asked.without(name).items() if key != "max_total"}
            yield Chip(desk.text(N_("Total is")), desk.formats.amount(both or Decimal(0)), ADDRESS + url_query(rest))
        else:
            value = _in_words(desk, name, getattr(asked.filters, name))
            yield Chip(desk.text(LABELS[name]), value, ADDRESS + url_query(asked.without(name)))


def _in_words(desk: Desk, name: str, value: Any) -> str:
    if name in MONTHS:
        return desk.formats.month(Period.parse(value).start)
    return desk.text(KINDS[value]) if value in KINDS else in_words(desk, value)
