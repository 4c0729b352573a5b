"""The Markdown that operators read in the Temporal Web UI: the state, the open effects and why each waits."""

from collections.abc import Iterable

from models.alarms import next_alarm
from models.effects import Effect
from models.guards import allowed
from models.invoice import Invoice
from models.late_work import LateWork
from models.money import hours
from models.reviewing import admin_above
from models.status import Status


def details(invoice: Invoice) -> str:
    parts = [_head(invoice), _facts(invoice)]
    if invoice.late and invoice.late.differs:
        parts.append(_late(invoice.late, str(invoice.content.currency)))
    if invoice.held:
        parts.append(f"**On hold** by {_cell(invoice.held.by)}: {_cell(invoice.held.reason or '')}")
    if invoice.blocked:
        parts.append(_effects("Needs a person", invoice.blocked))
    if invoice.open_effects:
        parts.append(_effects("Under way", invoice.open_effects))
    if invoice.notes:
        parts.append(
            "### Ignored or noteworthy\n"
            + "\n".join(f"- {n.at:%Y-%m-%d %H:%M}: {_line(n.text)}" for n in invoice.notes)
        )
    parts.append(f"Possible now: {', '.join(f'`{name}`' for name in allowed(invoice)) or 'nothing'}")
    return "\n\n".join(parts)


def _head(invoice: Invoice) -> str:
    overdue = " · **OVERDUE**" if invoice.overdue else ""
    blocked = " · **BLOCKED**" if invoice.blocked else ""
    return f"## {invoice.display_number or 'Draft'}: {invoice.status.replace('_', ' ')}{overdue}{blocked}"


def _facts(invoice: Invoice) -> str:
    content = invoice.content
    alarm = next_alarm(invoice)
    rows = [
        ("Client", f"{content.customer.name} ({content.customer_key})"),
        ("Contract", f"{content.application_key} {content.application_name}, {content.deal_type}"),
        ("Period", f"{content.period.start} to {content.period.end}"),
        ("Total", f"{content.totals.total_amount} {content.currency}"),
        ("Paid", f"{invoice.paid} {content.currency}; balance {invoice.balance}" if invoice.payments else None),
        ("Due", str(invoice.due) if invoice.due else None),
        ("Next", f"{alarm.at:%Y-%m-%d %H:%M %Z} {alarm.about}" if alarm else None),
        ("Archived", invoice.archived.key if invoice.archived else None),
        ("Document", f"`{invoice.document.sha256[:12]}`, {invoice.document.pages} pages" if invoice.document else None),
        ("Hours", str(content.totals.total_hours or hours(0))),
        ("Approval", _approval(invoice)),
        ("Revision", str(invoice.revision)),
    ]
    body = "\n".join(f"| {name} | {_cell(value)} |" for name, value in rows if value is not None)
    return f"| | |\n|---|---|\n{body}"


def _approval(invoice: Invoice) -> str | None:
    """What the approval of a document under review takes."""
    if invoice.status is not Status.NEEDS_REVIEW:
        return None
    finalizer, limit = invoice.finalized, admin_above(invoice)
    asked = []
    if limit is not None:
        asked.append(f"by an admin (above {limit:,.2f} {invoice.content.currency})")
    if invoice.content.issuer.review.four_eyes and finalizer:
        asked.append(f"by somebody else than {finalizer.by}")
    return ", ".join(asked) or None


def _late(late: LateWork, currency: str) -> str:
    becomes = late.obstacle or (
        "The invoice is issued and stays as it is." if late.proposal else "`take_in` brings the draft up to date."
    )
    return (
        f"### Late work, seen {late.at:%Y-%m-%d %H:%M}\n{late.added} worklogs added, {late.changed} changed, "
        f"{late.removed} removed; the total would be {late.totals_after.total_amount} {currency} instead of "
        f"{late.totals_before.total_amount}. {_line(becomes)}"
    )


def _effects(title: str, effects: Iterable[Effect]) -> str:
    rows = "\n".join(
        f"| {e.name.replace('_', ' ')} | {e.state} | {e.owed_at:%Y-%m-%d %H:%M} | {_cell(e.error or '')} | `{e.key}` |"
        for e in effects
    )
    return f"### {title}\n| effect | state | since | why it waits | id |\n|---|---|---|---|---|\n{rows}"


def _cell(text: str) -> str:
    """One table cell: no column break, no line break."""
    return _line(text).replace("|", "\\|")


def _line(text: str) -> str:
    """What others wrote must not start a heading, a list or a row of its own."""
    return " ".join(text.splitlines())
