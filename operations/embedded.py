"""Whether the embedded stack is installed. A production image contains neither it nor its packages."""

from importlib.util import find_spec

HAS_EMBEDDED_STACK = find_spec("chdb") is not None and find_spec("local") is not None
