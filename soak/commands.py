"""Which command a person gives next, and its body. Pure."""

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from models.access.roles import Role
from models.invoice.checks.confirmation import WarningCode
from models.invoice.payments.kinds import WriteOffKind
from models.invoice.permissions import LEAST_ROLE
from models.invoice.status import AWAITS_MONEY, CommandName, Status
from soak.plan import LifePlan

# How often a command is chosen among those that the API allows. `resolve_effect` is left to the settling.
WEIGHTS: dict[CommandName, float] = {
    CommandName.EDIT: 3,
    CommandName.UNDO: 1,
    CommandName.REGENERATE: 0.7,
    CommandName.CHECK_FACTS: 1,
    CommandName.TAKE_IN: 3,
    CommandName.FINALIZE: 8,
    CommandName.APPROVE: 12,
    CommandName.DECLINE: 1.5,
    CommandName.REOPEN: 0.8,
    CommandName.DELIVER: 10,
    CommandName.ACCEPT: 3,
    CommandName.REJECT: 0.8,
    CommandName.RECORD_PAYMENT: 8,
    CommandName.REVERSE_PAYMENT: 1,
    CommandName.WRITE_OFF: 0.5,
    CommandName.VOID: 0.4,
    CommandName.DISCARD: 0.3,
    CommandName.HOLD: 0.6,
    CommandName.RELEASE: 5,
    CommandName.RETRY_EFFECT: 8,
    CommandName.SYNC_PLANFACT: 0.5,
}
WAIT_WEIGHT = 3.0
CENT = Decimal("0.01")
# The least role that may give each command; only a manager may write off without a limit.
SENDERS: dict[CommandName, Role] = {**LEAST_ROLE, CommandName.WRITE_OFF: Role.MANAGER}
CONFIRMED = [WarningCode.DAYS_INVOICED, WarningCode.DUE_DATE_PASSED, WarningCode.OUTSIDE_CONTRACT]


def choose(random: Random, invoice: dict[str, Any]) -> CommandName | None:
    """Return the next command among the allowed ones, or None to wait for what is in progress."""
    names = [name for name in CommandName if name in invoice["allowed"] and name in WEIGHTS]
    weights = [WEIGHTS[name] for name in names]
    busy = any(each["state"] == "pending" for each in invoice["effects"])
    return random.choices([*names, None], [*weights, WAIT_WEIGHT if busy or not names else 0.2])[0]


def body(random: Random, name: CommandName, invoice: dict[str, Any], plan: LifePlan, today: date) -> dict[str, Any]:
    """Return the body of a command for the invoice as it was read."""
    match name:
        case CommandName.EDIT:
            return {"expected_revision": invoice["revision"], **edit(random, invoice, plan)}
        case CommandName.UNDO | CommandName.TAKE_IN:
            return {"expected_revision": invoice["revision"]}
        case CommandName.FINALIZE:
            return {"confirmed_warnings": CONFIRMED, "issue_today": random.random() < 0.5}
        case CommandName.APPROVE:
            return {"digest": invoice["digest"]}
        case CommandName.DELIVER:
            return {"channel": plan.channel}
        case CommandName.RECORD_PAYMENT:
            return payment(invoice, plan, today, whole=random.random() < 0.6)
        case CommandName.REVERSE_PAYMENT:
            standing = [each["payment_id"] for each in invoice["payments"] if each["reversed"] is None]
            return {"payment_id": random.choice(standing), "reason": "reversed by the soak"}
        case CommandName.WRITE_OFF:
            return {"kind": random.choice(list(WriteOffKind)), "reason": "written off by the soak"}
        case CommandName.RETRY_EFFECT:
            return {"effect_id": random.choice([each["key"] for each in invoice["effects"] if each["needs_a_person"]])}
        case CommandName.DECLINE | CommandName.REJECT | CommandName.VOID | CommandName.HOLD:
            return {"reason": f"{name} by the soak"}
    return {}


def edit(random: Random, invoice: dict[str, Any], plan: LifePlan) -> dict[str, Any]:
    """Return one change of a draft. The first edit of a life names the client's address of this life."""
    if plan.mailbox not in invoice["recipients"]:
        return {"recipients": [plan.mailbox]}
    match random.randrange(4):
        case 0:
            return {"payment_days": random.randint(30, 90)}
        case 1:
            return {"note": "from the soak", "legal_text": f"Text {random.randint(1, 9)}."}
        case 2:
            return {"toggles": {"show_overtime": random.random() < 0.5}}
    line = {"description": "On-site visit", "quantity": str(random.randint(1, 5)), "unit_price": "250000.00"}
    return {"line_changes": [{"op": "add", "line": line}]}


def payment(invoice: dict[str, Any], plan: LifePlan, today: date, *, whole: bool) -> dict[str, Any]:
    """Return a payment of the balance or of a part of it, or of a surplus if nothing is left to pay.

    Its id counts the payments, so two at once may share it.
    """
    balance = Decimal(invoice["balance"])
    amount = balance if whole else (balance / 3).quantize(CENT)
    return {
        "payment_id": f"PAY-{plan.number}-{len(invoice['payments']) + 1}",
        "reference": "wire",
        "paid_on": str(today),
        "amount": str(max(amount, CENT)),
        "confirmed_warnings": [WarningCode.PAYMENT_BOOKED],
    }


def ending(invoice: dict[str, Any]) -> CommandName | None:
    """Return the command that brings the invoice to its end, or None if there is nothing to do but wait."""
    allowed = invoice["allowed"]
    owed = [CommandName.RECORD_PAYMENT] if invoice["status"] in AWAITS_MONEY else []
    by_preference = (CommandName.RELEASE, *owed, CommandName.DISCARD, CommandName.VOID)
    return next((name for name in by_preference if name in allowed), None)


def has_ended(invoice: dict[str, Any]) -> bool:
    """Return whether nothing more can happen to the invoice."""
    unfinished = any(each["state"] in ("pending", "failed", "unknown") for each in invoice["effects"])
    return invoice["status"] in (Status.CLOSED, Status.VOID, Status.DISCARDED) and not unfinished
