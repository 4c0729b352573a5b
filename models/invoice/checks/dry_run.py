"""A dry run of an edit: what the draft would be, by the same two functions as the command, and what to look at then.

Nothing is stored, and no event is made (docs/specification/lifecycle.md 4.5).
"""

from datetime import datetime

from models.invoice.checks.confirmation import warnings_to_confirm
from models.invoice.commands import Edit, Finalize
from models.invoice.content.content import Content
from models.invoice.content.printing import printing_warnings
from models.invoice.content.totals import Totals, sum_up
from models.invoice.invoice import Invoice
from models.invoice.lifecycle import apply
from models.invoice.preconditions import check, reason_not_allowed
from models.values.money import readable


def dry_run(invoice: Invoice, edit: Edit, now: datetime) -> Invoice:
    """Return the invoice as the edit would leave it. Raises what `check` raises."""
    check(invoice, edit, now)
    return apply(invoice, edit, now)


def warnings_after(draft: Invoice, now: datetime) -> tuple[str, ...]:
    """Return what a person should know about the draft before it is saved: what will stop or ask the finalize."""
    found = [*draft.content.warnings, *printing_warnings(draft.content)]
    if not printing_warnings(draft.content) and (reason := reason_not_allowed(draft, Finalize.name)):
        found.append(reason)
    found += [each.message for each in warnings_to_confirm(draft, Finalize(), now)]
    if differs := _manual_total(draft.content):
        found.append(differs)
    return tuple(dict.fromkeys(found))


def computed_totals(content: Content) -> Totals:
    """Return the totals that the lines have without a total typed by hand."""
    hours = content.totals.total_hours
    return sum_up(content.lines, currency=content.currency, tax=content.tax, total_hours=hours)


def _manual_total(content: Content) -> str | None:
    """Return that a total typed by hand is not what the lines give; None if it is, or if there is none."""
    typed, computed = content.totals, computed_totals(content).total_amount
    if not typed.total_is_manual or typed.total_amount == computed:
        return None
    return (
        f"The total {readable(typed.total_amount)} was typed by hand and stays; the lines give {readable(computed)}. "
        "Empty the field to compute it."
    )
