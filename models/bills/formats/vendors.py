"""The short names of vendors in keys of bills, whatever a file calls them."""

import re
import unicodedata

LONGEST = 60
# A name of the vendor, or of one of its companies, begins so.
_BEGINNINGS = (
    ("amazon web services", "aws"),
    ("aws", "aws"),
    ("amazon", "aws"),
    ("microsoft", "azure"),
    ("azure", "azure"),
    ("google", "google"),
    ("gcp", "google"),
    ("oracle", "oracle"),
    ("oci", "oracle"),
    ("digitalocean", "digitalocean"),
    ("hetzner", "hetzner"),
)


def vendor_key(name: str) -> str:
    """Return the short name of the vendor that is called so: `aws` for `Amazon Web Services, Inc.`."""
    lower = name.strip().lower()
    for beginning, key in _BEGINNINGS:
        if re.match(rf"{beginning}\b", lower):
            return key
    return in_key(name)


def in_key(text: str) -> str:
    """Return the text as a part of a key: small letters, digits and hyphens."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")[:LONGEST] or "unknown"
