"""The roles of users and what each role may do."""

from enum import StrEnum


class Role(StrEnum):
    VIEWER = "viewer"
    EDITOR = "editor"
    MANAGER = "manager"
    ADMIN = "admin"

    def includes(self, least: "Role") -> bool:
        return _ORDER.index(self) >= _ORDER.index(least)


_ORDER = tuple(Role)

READING = Role.VIEWER
DRAFTING = Role.EDITOR  # prefill and generate
CONFIGURING = Role.MANAGER  # rate rules, exclusions, project labels, how a contract is invoiced
ADMINISTERING = Role.ADMIN  # the issuer, where a number series starts, users
OPERATING = Role.MANAGER  # reading in the Temporal Web UI what is encrypted there
