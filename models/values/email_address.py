"""What an e-mail address looks like, in ASCII, as few mail servers take anything else: it catches slips of the pen."""

import re
from collections.abc import Iterator

LONGEST = 254
_ATOM = r"[^\s@,;:<>()\[\]\\\"]+"
_BETWEEN = re.compile(r"[\s,;]+")
_ADDRESS = re.compile(rf"(?!\.)(?!.*\.\.)(?!.*\.@){_ATOM}@[^\W_](?:[\w-]*\.)+[\w-]*[^\W\d_]{{2,}}")


def is_address(text: str) -> bool:
    return len(text) <= LONGEST and text.isascii() and _ADDRESS.fullmatch(text) is not None


def addresses_in(text: str) -> Iterator[str]:
    """Of a cell that may hold several; what is no address is left out."""
    return (part for part in _BETWEEN.split(text) if is_address(part))
