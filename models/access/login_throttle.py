"""How long logins must wait after failed ones: not at all at first, then twice as long with each further failure.

A name and an address have an account of failures each, so that neither many passwords for one name nor one password
for many names can be tried. Failures are forgiven one by one as time passes (docs/specification/api.md 6.3).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Final

_FIRST_DELAY: Final = timedelta(seconds=1)


@dataclass(frozen=True)
class ThrottleRule:
    """`free` failures have no delay; later ones double it up to `longest`. One is forgiven in each `forgiven_each`."""

    free: int
    longest: timedelta
    forgiven_each: timedelta

    def delay(self, failures: int) -> timedelta:
        """Return how long after this number of failures the next attempt must wait."""
        if failures < self.free:
            return timedelta(0)
        doublings = min(failures - self.free, 30)  # the longest delay is reached long before
        return min(_FIRST_DELAY * (1 << doublings), self.longest)


# An attacker who keeps a name at its longest delay locks its owner out, so this delay is the shorter one.
OF_NAME: Final = ThrottleRule(free=10, longest=timedelta(minutes=5), forgiven_each=timedelta(hours=1))
# Many people may share an address, each with a typing error now and then.
OF_ADDRESS: Final = ThrottleRule(free=50, longest=timedelta(minutes=15), forgiven_each=timedelta(minutes=10))


@dataclass(frozen=True)
class Failures:
    """The failures of one name or address: when the last of them is forgiven, and when the next attempt is allowed."""

    forgiven_at: datetime
    retry_at: datetime

    @classmethod
    def none(cls, now: datetime) -> "Failures":
        return cls(now, now)

    def count(self, rule: ThrottleRule, now: datetime) -> int:
        """Return the number of failures that are not forgiven yet."""
        return max(0, ceil((self.forgiven_at - now) / rule.forgiven_each))

    def plus_one(self, rule: ThrottleRule, now: datetime) -> "Failures":
        """Return the failures after one more at this moment."""
        more = Failures(max(self.forgiven_at, now) + rule.forgiven_each, now)
        return Failures(more.forgiven_at, now + rule.delay(more.count(rule, now)))

    def minus_one(self, rule: ThrottleRule, now: datetime) -> "Failures":
        """Return the failures after one that was counted turned out to be none.

        Nothing is delayed then: the attempt could begin because the delay of the failures before it had ended.
        """
        return Failures(max(self.forgiven_at - rule.forgiven_each, now), now)


def name_key(username: str) -> str:
    """Return the name as failures are counted for it: names that differ in case alone are one name."""
    return f"name:{username.strip().casefold()}"


def address_key(address: str) -> str:
    """Return the address as failures are counted for it.

    Everybody who has an IPv6 address has 2**64 of them, so all addresses of such a network are one.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return f"address:{address}"  # a connection by a Unix socket has no IP address
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    if isinstance(found, IPv6Address):
        return f"address:{ip_network((int(found), 64), strict=False)}"
    return f"address:{found}"
