"""Who may do what: one table with the least role for each command. Every role includes those below it."""

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

LEAST_ROLE: Mapping[CommandName, Role] = MappingProxyType(
    {
        CommandName.EDIT: Role.EDITOR,
        CommandName.UNDO: Role.EDITOR,
        CommandName.REGENERATE: Role.EDITOR,
        CommandName.CHECK_FACTS: Role.EDITOR,
        CommandName.TAKE_IN: Role.EDITOR,
        CommandName.FINALIZE: Role.EDITOR,
        CommandName.MARK_UPLOADED: Role.EDITOR,
        CommandName.RECORD_PAYMENT: Role.EDITOR,
        CommandName.DISCARD: Role.EDITOR,
        CommandName.APPROVE: Role.MANAGER,
        CommandName.DECLINE: Role.MANAGER,
        CommandName.REOPEN: Role.MANAGER,
        CommandName.DELIVER: Role.MANAGER,
        CommandName.ACCEPT: Role.MANAGER,
        CommandName.REJECT: Role.MANAGER,
        CommandName.VOID: Role.MANAGER,
        CommandName.HOLD: Role.MANAGER,
        CommandName.RELEASE: Role.MANAGER,
        CommandName.RETRY_EFFECT: Role.MANAGER,
        CommandName.RESOLVE_EFFECT: Role.MANAGER,
    }
)

READING = Role.VIEWER
DRAFTING = Role.EDITOR  # prefill and generate
CONFIGURING = Role.MANAGER  # rate rules, exclusions, project labels, how a contract is invoiced
ADMINISTERING = Role.ADMIN  # the issuer, where a number series starts, users


def may(role: Role, command: CommandName) -> bool:
    return role.includes(LEAST_ROLE[command])
