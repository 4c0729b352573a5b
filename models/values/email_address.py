"""The syntax check of e-mail addresses.

It detects typing errors. Only ASCII is accepted, because few mail servers accept internationalised addresses.
"""

import re
from collections.abc import Iterator

MAX_LENGTH = 254
_ATOM = r"[^\s@,;:<>()\[\]\\\"]+"
_SEPARATORS = re.compile(r"[\s,;]+")
_ADDRESS = re.compile(rf"(?!\.)(?!.*\.\.)(?!.*\.@){_ATOM}@[^\W_](?:[\w-]*\.)+[\w-]*[^\W\d_]{{2,}}")


def is_address(text: str) -> bool:
    """Return whether the text is one e-mail address and nothing else."""
    return len(text) <= MAX_LENGTH and text.isascii() and _ADDRESS.fullmatch(text) is not None


def addresses_in(text: str) -> Iterator[str]:
    """Return the addresses of a cell that may contain several; parts that are not addresses are left out."""
    return (part for part in _SEPARATORS.split(text) if is_address(part))
