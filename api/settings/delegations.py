"""Makes, lists and revokes delegations in PostgreSQL."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from api.access.deps import Actor
from api.errors import Forbidden, NotFound
from api.settings import users
from api.settings.editing import writing
from api.settings.store import SettingsStore, SettingsTransaction
from models.access.roles import ADMINISTERING
from models.access.tables import Delegation
from models.invoice.delegations.delegation import DelegationState, NewDelegation, check_delegation
from models.settings.area import Area, SettingRefused

_COLUMNS = tuple(Delegation.metadata.tables["delegations"].c)


async def delegations(connection: AsyncConnection, username: str | None) -> Sequence[Any]:
    """Return the delegations of and to this user, or of everybody; the newest first, revoked ones too."""
    query = select(*_COLUMNS).order_by(col(Delegation.created_at).desc(), col(Delegation.id))
    if username is not None:
        query = query.where(or_(col(Delegation.delegator) == username, col(Delegation.delegate) == username))
    return (await connection.execute(query)).all()


async def visible(store: SettingsStore, user: Actor) -> Sequence[Any]:
    """Return the user's own delegations and those to them; an admin gets all."""
    of = None if user.role.includes(ADMINISTERING) else user.username
    async with store.reading() as connection:
        return await delegations(connection, of)


async def delegate(store: SettingsStore, user: Actor, new: NewDelegation, now: datetime, today: date) -> Any:
    """Make the delegation for the user, or as an admin for another one, and return its row.

    Raise Forbidden and Invalid.
    """
    delegator = new.delegator or user.username
    if delegator != user.username and not user.role.includes(ADMINISTERING):
        raise Forbidden(f"a delegation of another user needs the role {ADMINISTERING}; {user.username} is {user.role}")
    async with writing(store, user) as transaction:
        return await make(transaction, new, delegator, now, today)


async def end(store: SettingsStore, user: Actor, delegation_id: str, now: datetime) -> None:
    """End the delegation at once. Raise NotFound, and Forbidden for who is neither the delegator nor an admin."""
    async with writing(store, user) as transaction:
        found = await find(transaction.connection, delegation_id)
        is_admin = user.role.includes(ADMINISTERING)
        if found is None or not (is_admin or user.username in (found.delegator, found.delegate)):
            raise NotFound(f"There is no delegation {delegation_id}.")
        if not is_admin and user.username != found.delegator:
            raise Forbidden(f"only {found.delegator} or an admin may end this delegation")
        if not await revoke(transaction, delegation_id, now):
            raise NotFound(f"The delegation {delegation_id} is revoked already.")


async def find(connection: AsyncConnection, delegation_id: str) -> Any | None:
    return (await connection.execute(select(*_COLUMNS).where(col(Delegation.id) == delegation_id))).first()


async def make(transaction: SettingsTransaction, new: NewDelegation, delegator: str, now: datetime, today: date) -> Any:
    """Make the delegation and return its row. Raise SettingRefused when it is not valid."""
    for field, name in (("delegator", delegator), ("delegate", new.delegate)):
        user = await users.user(transaction.connection, name)
        if user is None or not user.active:
            raise SettingRefused(field, f"there is no active user {name}")
        if field == "delegator":
            check_delegation(new, delegator, user.role, today)
    values = new.model_dump(exclude={"delegator", "commands"}) | {
        "id": uuid4().hex,
        "delegator": delegator,
        "commands": [name.value for name in new.commands],
        "created_by": transaction.by,
        "created_at": now,
    }
    row = (await transaction.connection.execute(insert(Delegation).values(values).returning(*_COLUMNS))).one()
    await transaction.record(Area.DELEGATIONS, row.id, None, _state(row))
    return row


async def revoke(transaction: SettingsTransaction, delegation_id: str, now: datetime) -> bool:
    """Revoke the delegation, and return whether there was one that was not revoked."""
    standing = update(Delegation).where(col(Delegation.id) == delegation_id, col(Delegation.revoked_at).is_(None))
    row = (await transaction.connection.execute(standing.values(revoked_at=now).returning(*_COLUMNS))).first()
    if row is None:
        return False
    await transaction.record(Area.DELEGATIONS, row.id, _state(row), None)
    return True


def _state(row: Any) -> DelegationState:
    return DelegationState.model_validate({name: getattr(row, name) for name in DelegationState.model_fields})
