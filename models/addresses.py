"""What an e-mail address looks like, in ASCII, as few mail servers take anything else: it catches slips of the pen."""

import re

LONGEST = 254
_ATOM = r"[^\s@,;:<>()\[\]\\\"]+"
_ADDRESS = re.compile(rf"(?!\.)(?!.*\.\.)(?!.*\.@){_ATOM}@[^\W_](?:[\w-]*\.)+[\w-]*[^\W\d_]{{2,}}")


def is_address(text: str) -> bool:
    return len(text) <= LONGEST and text.isascii() and _ADDRESS.fullmatch(text) is not None
