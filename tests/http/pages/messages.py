"""The messages of the desk as they stand in its templates and its code, by the extraction of Babel."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir

ROOT = Path(__file__).parents[3]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**.html.j2", "jinja2.ext:babel_extract")]
OPTIONS = {"**.html.j2": {"newstyle_gettext": "true", "trimmed": "false"}}


def messages() -> Iterator[str | tuple[str, ...]]:
    """Yield each message once; one with a plural as a tuple of its forms."""
    seen = set()
    for folder in ("api/pages", "templates/pages"):
        for _, _, message, _, _ in extract_from_dir(
            str(ROOT / folder), METHODS, OPTIONS, KEYWORDS, directory_filter=lambda _: True
        ):
            if message not in seen:
                seen.add(message)
                yield message
