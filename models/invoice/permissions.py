"""The least role for each command. Every role includes the roles below it.

See docs/specification/lifecycle.md 3.1.
"""

from collections.abc import Mapping
from types import MappingProxyType

from models.access.roles import Role
from models.invoice.status import CommandName

LEAST_ROLE: Mapping[CommandName, Role] = MappingProxyType(
    {
        CommandName.EDIT: Role.EDITOR,
        CommandName.UNDO: Role.EDITOR,
        CommandName.REGENERATE: Role.EDITOR,
        CommandName.CHECK_FACTS: Role.EDITOR,
        CommandName.TAKE_IN: Role.EDITOR,
        CommandName.FINALIZE: Role.EDITOR,
        CommandName.MARK_UPLOADED: Role.EDITOR,
        CommandName.RECORD_PORTAL_STATUS: Role.EDITOR,
        CommandName.RECORD_PAYMENT: Role.EDITOR,
        # The review policy sets the largest rest that a role may write off.
        CommandName.WRITE_OFF: Role.EDITOR,
        CommandName.DISCARD: Role.EDITOR,
        # A manager has ordered the delivery or the void. Who signs needs the key of the company besides.
        CommandName.SUBMIT_SIGNATURE: Role.EDITOR,
        CommandName.APPROVE: Role.MANAGER,
        CommandName.DECLINE: Role.MANAGER,
        CommandName.REOPEN: Role.MANAGER,
        CommandName.DELIVER: Role.MANAGER,
        CommandName.ACCEPT: Role.MANAGER,
        CommandName.REJECT: Role.MANAGER,
        CommandName.REVERSE_PAYMENT: Role.MANAGER,
        CommandName.VOID: Role.MANAGER,
        CommandName.HOLD: Role.MANAGER,
        CommandName.RELEASE: Role.MANAGER,
        CommandName.RETRY_EFFECT: Role.MANAGER,
        CommandName.RESOLVE_EFFECT: Role.MANAGER,
        CommandName.SYNC_PLANFACT: Role.MANAGER,
    }
)


def may(role: Role, command: CommandName) -> bool:
    """Return whether a person with this role may give the command."""
    return role.includes(LEAST_ROLE[command])
