"""Where a webhook may be sent: the form of the URL, and the addresses that are not of this network.

A URL that somebody sets must not let Aktum call systems inside the network it runs in. The addresses are checked again
for each attempt, because a name may point elsewhere by then (docs/specification/events.md 6.5).
"""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from pydantic import AnyUrl, ValidationError

LONGEST_URL: Final = 2000
_HOST: Final = re.compile(r"://[^/?#:]")
# Addresses in which the gateway of a network packs IPv4 addresses.
_NAT64: Final = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True)
class TargetRules:
    """What the settings allow beyond https to public addresses."""

    allow_http: bool = False
    allow_private: bool = False

    def problem(self, url: str) -> str | None:
        """Return what is wrong with the URL, as a message; None if it may be used. Names are not looked up."""
        if len(url) > LONGEST_URL:
            return f"must have at most {LONGEST_URL} characters"
        if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
            return "must be a URL of ASCII characters without blanks; write other letters of a host name as xn--..."
        if not url.lower().startswith(("https://", "http://") if self.allow_http else "https://"):
            return "must begin with https://"
        if not _HOST.search(url):
            return "must name a host"
        try:
            parts = AnyUrl(url)  # reads numbers such as 0x7f.1 as the IP address that they are
        except ValidationError:
            return "is no valid URL"
        if parts.username is not None or parts.password is not None:
            return "must not contain a user name or a password; the signature proves who sends"
        if parts.fragment is not None:
            return "must not contain a fragment (#)"
        if parts.port == 0:
            return "must not name port 0"
        if self._is_inside((parts.host or "").strip("[]")):
            return "must not point into the network that Aktum runs in"
        return None

    def may_connect(self, address: str) -> bool:
        """Return whether a request may be sent to this IP address."""
        return self.allow_private or is_public(address)

    def _is_inside(self, host: str) -> bool:
        if self.allow_private:
            return False
        try:
            return not is_public(host)
        except ValueError:
            name = host.rstrip(".").lower()
            return name == "localhost" or name.endswith((".localhost", ".local", ".internal"))


def is_public(address: str) -> bool:
    """Return whether the IP address is one of the public internet. Raises ValueError if it is no IP address."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        packed = ip.ipv4_mapped or ip.sixtofour
        if packed is None and ip in _NAT64:
            packed = ip_address(int(ip) & 0xFFFFFFFF)  # type: ignore[assignment] # 32 bits are an IPv4 address
        if packed is not None:
            return is_public(str(packed))
    return ip.is_global and not ip.is_multicast
