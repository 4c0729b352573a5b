"""The log of an order: one event for each change, in a hash chain (docs/specification/orders.md 3.5)."""

import json
from datetime import datetime
from typing import Any, NamedTuple

from models.access.roles import Role
from models.audit.hash_chain import Event, append_event
from models.partners.orders.order import Order
from models.values.base_models import Frozen

_NOT_LOGGED = {"revision", "chain", "updated_at", "created_at", "source_digest"}


class Actor(Frozen):
    """Who changes an order, and from where. An invoice has no role."""

    name: str
    role: Role | None
    source: str

    @classmethod
    def invoice(cls, invoice_id: str) -> "Actor":
        return cls(name=f"invoice {invoice_id}", role=None, source="invoice")


class Change(NamedTuple):
    """An order after a change, and the events of the change. No events: nothing was changed."""

    order: Order
    events: tuple[Event, ...] = ()


def first_event(order: Order, actor: Actor, action: str, now: datetime) -> Change:
    """Return a new order with the event of its beginning."""
    empty: dict[str, Any] = dict.fromkeys(Order.model_fields)
    return _with_event(order, empty, actor, action, now, {}, before=order.status)


def changed(
    order: Order,
    updates: dict[str, Any],
    actor: Actor,
    action: str,
    now: datetime,
    *,
    reason: str | None = None,
    remark: str | None = None,
    evidence: str | None = None,
    **details: str,
) -> Change:
    """Return the order with the updates, and the event that tells them."""
    carried = {"remark": remark, "evidence": evidence, **details}
    given = {name: text for name, text in carried.items() if text}
    after = order.model_copy(update=updates)
    before = order.model_dump(mode="json", include=set(updates))
    return _with_event(after, before, actor, action, now, given, before=order.status, reason=reason)


def _with_event(
    order: Order,
    old: dict[str, Any],
    actor: Actor,
    action: str,
    now: datetime,
    details: dict[str, str],
    *,
    before: str,
    reason: str | None = None,
) -> Change:
    new = order.model_dump(mode="json", include=set(old))
    event = append_event(
        order.chain,
        order.revision + 1,
        at=now,
        by=actor.name,
        action=action,
        reason=reason,
        status_before=before,
        status_after=order.status,
        changes={
            name: (_text(old[name]), _text(new[name]))
            for name in sorted(set(old) - _NOT_LOGGED)
            if _text(old[name]) != _text(new[name])
        },
        details={"role": actor.role.value if actor.role else "", "source": actor.source, **details},
    )
    moved = order.model_copy(update={"revision": event.seq, "chain": event.hash, "updated_at": now})
    return Change(moved, (event,))


def _text(value: Any) -> str | None:
    """Return a value of JSON as text; an empty list counts as no value."""
    if value is None or value == []:
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
