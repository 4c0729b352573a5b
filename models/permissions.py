"""Who may do what: one table with the least role for each command. Every role includes those below it.

See docs/specification/lifecycle.md 3.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from models.status import CommandName


class Role(StrEnum):
    VIEWER = "viewer"
    EDITOR = "editor"
    MANAGER = "manager"
    ADMIN = "admin"

    def includes(self, least: "Role") -> bool:
        return _ORDER.index(self) >= _ORDER.index(least)


_ORDER = tuple(Role)
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

READING = Role.VIEWER
DRAFTING = Role.EDITOR  # prefill and generate
CONFIGURING = Role.MANAGER  # rate rules, exclusions, project labels, how a contract is invoiced
ADMINISTERING = Role.ADMIN  # the issuer, where a number series starts, users


def may(role: Role, command: CommandName) -> bool:
    return role.includes(LEAST_ROLE[command])
