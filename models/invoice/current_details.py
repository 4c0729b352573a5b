"""Temporal's current details of an invoice: Markdown with the state, the open effects and what each waits for.

See docs/specification/lifecycle.md 12.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from models.invoice.acts.recording import known_act
from models.invoice.approval import admin_limit, makers_of
from models.invoice.bounces.recording import standing_bounces
from models.invoice.bounces.report import Bounce
from models.invoice.content.basis import PartnerBasis, ServiceBasis
from models.invoice.deadlines.timers import next_timer
from models.invoice.deadlines.waits import Wait, open_deadlines, waits
from models.invoice.editing.late_worklogs import LateWork
from models.invoice.effects import Effect, EffectName, FailedAttempt
from models.invoice.errors import InvoiceStopped
from models.invoice.invoice import Invoice
from models.invoice.preconditions import allowed, reason_not_allowed
from models.invoice.status import CommandName, Status
from models.values.money import hours, readable


def current_details(
    invoice: Invoice, stopped: str | None = None, failed: Mapping[str, FailedAttempt] | None = None
) -> str:
    """Return the page as Markdown.

    `stopped` is the reason why the invoice has stopped, `failed` the newest failed attempt of effects by their keys.
    """
    if stopped is not None:
        return (
            f"## {invoice.display_number or 'Draft'} · **STOPPED**\n\n{_line(str(InvoiceStopped(invoice.id, stopped)))}"
        )
    parts = [_heading(invoice), _fields(invoice)]
    if reason := _reason_not_finalised(invoice):
        parts.append(f"**Cannot be finalised:** {_line(reason)}")
    if invoice.status is Status.DRAFT and invoice.content.warnings:
        parts.append("### Warnings\n" + "\n".join(f"- {_line(warning)}" for warning in invoice.content.warnings))
    if invoice.late and invoice.late.differs:
        parts.append(_late_work(invoice.late, str(invoice.content.currency)))
    if invoice.held:
        parts.append(f"**On hold** by {_cell(invoice.held.by)}: {_cell(invoice.held.reason or '')}")
    if waiting := waits(invoice):
        parts.append("### Waits for a person\n" + "\n".join(_wait(each, invoice) for each in waiting))
    if standing_bounces(invoice):
        parts.append("### Letters that did not arrive\n" + "\n".join(map(_bounce, standing_bounces(invoice))))
    if invoice.blocked:
        parts.append(_effects("Needs a person", invoice.blocked, invoice, {}))
    if invoice.open_effects:
        parts.append(_effects("Under way", invoice.open_effects, invoice, failed or {}))
    if invoice.notes:
        parts.append("### Notes\n" + "\n".join(f"- {n.at:%Y-%m-%d %H:%M}: {_line(n.text)}" for n in invoice.notes))
    possible = () if invoice.is_complete else allowed(invoice)  # a workflow that ends takes no signals
    parts.append(f"Possible now: {', '.join(f'`{name}`' for name in possible) or 'nothing'}")
    return "\n\n".join(parts)


def _heading(invoice: Invoice) -> str:
    overdue = " · **OVERDUE**" if invoice.overdue else ""
    blocked = " · **BLOCKED**" if invoice.blocked else ""
    name, status = invoice.display_number or "Draft", invoice.status.replace("_", " ")
    bounced = " · **BOUNCED**" if standing_bounces(invoice) else ""
    return f"## {name if name.lower() == status else f'{name}: {status}'}{overdue}{blocked}{bounced}"


def _reason_not_finalised(invoice: Invoice) -> str | None:
    """Return why a draft cannot be finalised. A hold and effects in progress are shown in other parts of the page."""
    if invoice.status is not Status.DRAFT or invoice.held or invoice.is_busy:
        return None
    return reason_not_allowed(invoice, CommandName.FINALIZE)


def _bounce(bounce: Bounce) -> str:
    letter = bounce.effect.rpartition(":")[2]
    return "\n".join(f"- {bounce.at:%Y-%m-%d %H:%M}: {letter}, {_line(str(each))}" for each in bounce.recipients)


def _wait(wait: Wait, invoice: Invoice) -> str:
    open_steps = {step for step, _ in open_deadlines(invoice, wait)}
    steps = ", ".join(
        f"{step} to {wait.told(step)}s {'at' if step in open_steps else 'was due at'} {at:%Y-%m-%d %H:%M %Z}"
        for step, at in wait.deadlines
    )
    return f"- {wait.words} since {wait.since:%Y-%m-%d %H:%M %Z}: {steps}"


def _fields(invoice: Invoice) -> str:
    content = invoice.content
    timer = next_timer(invoice)
    rows = [
        ("Client", f"{content.customer.name} ({content.customer_key})"),
        _basis(content.basis),
        ("Period", f"{content.period.start} to {content.period.end}"),
        ("Total", f"{_money(invoice.total)} {content.currency}"),
        ("Paid", _paid(invoice)),
        ("Written off", _written_off(invoice)),
        ("Due", str(invoice.due) if invoice.due else None),
        ("Next", f"{timer.at:%Y-%m-%d %H:%M %Z} {timer.purpose}" if timer else None),
        ("Archived", invoice.archived.key if invoice.archived else None),
        ("Document", f"`{invoice.document.sha256[:12]}`, {invoice.document.pages} pages" if invoice.document else None),
        ("Act in Didox", _act(invoice)),
        ("Hours", str(content.totals.total_hours or hours(0))),
        ("Approval", _approval(invoice)),
        ("Revision", str(invoice.revision)),
    ]
    body = "\n".join(f"| {name} | {_cell(value)} |" for name, value in rows if value is not None)
    return f"| | |\n|---|---|\n{body}"


def _basis(basis: ServiceBasis | PartnerBasis) -> tuple[str, str]:
    match basis:
        case ServiceBasis():
            return "Contract", f"{basis.application_key} {basis.application_name}, {basis.deal_type}"
        case PartnerBasis():
            return "Orders", f"{basis.work_type}: {', '.join(basis.order_keys)}"


def _act(invoice: Invoice) -> str | None:
    """Return the status of the act in words, with the partner's comment."""
    act = known_act(invoice)
    if act is None:
        return None
    comment = f": {act.comment}" if act.comment else ""
    return f"{act.name}{comment} (seen {act.at:%Y-%m-%d %H:%M}, id {act.document_id})"


def _paid(invoice: Invoice) -> str | None:
    if not invoice.standing_payments:
        return None
    text = f"{_money(invoice.paid)} {invoice.content.currency}; balance {_money(invoice.balance)}"
    return f"{text}; **{_money(invoice.credit)} credit of the client**" if invoice.credit else text


def _written_off(invoice: Invoice) -> str | None:
    standing = [each for each in invoice.write_offs if each.reversed is None]
    if not standing:
        return None
    why = "; ".join(f"{each.kind.replace('_', ' ')} by {each.stamp.by}: {each.stamp.reason}" for each in standing)
    return f"{_money(invoice.written_off)} {invoice.content.currency} ({why})"


def _approval(invoice: Invoice) -> str | None:
    """Return the conditions under which a document under review may be approved."""
    if invoice.status is not Status.NEEDS_REVIEW:
        return None
    makers, limit = makers_of(invoice), admin_limit(invoice)
    conditions = []
    if limit is not None:
        conditions.append(f"by an admin (above {_money(limit)} {invoice.content.currency})")
    if makers:
        conditions.append(f"by a person other than {', '.join(makers)}")
    return ", ".join(conditions) or None


def _late_work(late: LateWork, currency: str) -> str:
    consequence = late.obstacle or (
        "The invoice is issued and stays as it is." if late.proposal else "`take_in` brings the draft up to date."
    )
    return (
        f"### Late work, checked {late.at:%Y-%m-%d %H:%M}\n{late.added} worklogs added, {late.changed} changed, "
        f"{late.removed} removed; the total would be {_money(late.totals_after.total_amount)} {currency} instead of "
        f"{_money(late.totals_before.total_amount)}. {_line(consequence)}"
    )


def _effects(title: str, effects: Iterable[Effect], invoice: Invoice, failed: Mapping[str, FailedAttempt]) -> str:
    rows = "\n".join(
        f"| {_name(e.name)} | {e.state} | {e.owed_at:%Y-%m-%d %H:%M} "
        f"| {_cell(_waits_for(e, invoice, failed.get(e.key)))} | `{e.key}` |"
        for e in effects
    )
    return f"### {title}\n| effect | state | since | why it waits | id |\n|---|---|---|---|---|\n{rows}"


def _waits_for(effect: Effect, invoice: Invoice, failed: FailedAttempt | None) -> str:
    """Return the effect's error, or what it waits for; empty if it only waits for its turn in the channel."""
    if effect.error or not effect.is_open:
        return effect.error or ""
    if failed:
        then = f" The next one starts at {failed.next_try_at:%Y-%m-%d %H:%M:%S} UTC." if failed.next_try_at else ""
        return f"Attempt {failed.attempt} failed: {failed.error}{then} Later ones follow by themselves."
    compensation = effect.spec.compensated_by
    unfinished = {other.name for other in (*invoice.open_effects, *invoice.blocked)}
    return f"the {_name(compensation)}" if compensation in unfinished and compensation else effect.spec.waits_for


def _name(name: EffectName) -> str:
    return name.replace("_", " ")


def _money(amount: Decimal) -> str:
    return readable(amount)


def _cell(text: str) -> str:
    """Return the text as one table cell, without column breaks and line breaks."""
    return _line(text).replace("|", "\\|")


def _line(text: str) -> str:
    """Return the text on one line, so that text typed by people cannot start a heading, a list or a table row."""
    return " ".join(text.splitlines())
