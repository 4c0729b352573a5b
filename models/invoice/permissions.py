"""The least role for each command. Every role includes the roles below it.

See docs/specification/lifecycle.md 3.1.
"""

from collections.abc import Mapping
from types import MappingProxyType

from models.access.roles import Role
from models.invoice.status import CommandName

C = CommandName

LEAST_ROLE: Mapping[CommandName, Role] = MappingProxyType(
    {
        C.EDIT: Role.EDITOR,
        C.UNDO: Role.EDITOR,
        C.REGENERATE: Role.EDITOR,
        C.CHECK_FACTS: Role.EDITOR,
        C.TAKE_IN: Role.EDITOR,
        C.FINALIZE: Role.EDITOR,
        C.MARK_UPLOADED: Role.EDITOR,
        C.RECORD_PAYMENT: Role.EDITOR,
        C.DISCARD: Role.EDITOR,
        C.APPROVE: Role.MANAGER,
        C.DECLINE: Role.MANAGER,
        C.REOPEN: Role.MANAGER,
        C.DELIVER: Role.MANAGER,
        C.ACCEPT: Role.MANAGER,
        C.REJECT: Role.MANAGER,
        C.VOID: Role.MANAGER,
        C.HOLD: Role.MANAGER,
        C.RELEASE: Role.MANAGER,
        C.RETRY_EFFECT: Role.MANAGER,
        C.RESOLVE_EFFECT: Role.MANAGER,
    }
)


def may(role: Role, command: CommandName) -> bool:
    """Return whether a person with this role may give the command."""
    return role.includes(LEAST_ROLE[command])
