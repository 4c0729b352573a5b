"""The roles of users, and the role that each kind of action needs."""

from enum import StrEnum


class Role(StrEnum):
    """The roles in ascending order; each includes the rights of those before it."""

    VIEWER = "viewer"
    EDITOR = "editor"
    MANAGER = "manager"
    ADMIN = "admin"

    def includes(self, least: "Role") -> bool:
        """Return whether this role has the rights of `least`."""
        return _ORDER.index(self) >= _ORDER.index(least)

    def at_most(self, highest: "Role") -> "Role":
        """Return the lower one of the two roles."""
        return self if highest.includes(self) else highest

    @property
    def next_higher(self) -> "Role":
        """The next role above this one; admin is the highest."""
        return _ORDER[min(_ORDER.index(self) + 1, len(_ORDER) - 1)]


_ORDER = tuple(Role)

READING = Role.VIEWER
DRAFTING = Role.EDITOR  # prefill and generate
CONFIGURING = Role.MANAGER  # rate rules, exclusions, classifications, how a contract is invoiced
ADMINISTERING = Role.ADMIN  # the issuer, the start of a number series, users
REPORTING = Role.MANAGER  # payouts and margins, which are confidential
OPERATING = Role.MANAGER  # reading the encrypted payloads of Temporal in its Web UI
BOOKING_BILLS = Role.EDITOR  # vendor bills: uploading, reading again, pushing
RELEASING_BILLS = Role.MANAGER  # vendor bills: a forced push
