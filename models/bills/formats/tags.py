"""The tags of a line, as vendors write them: an object of JSON, its content without braces, or a list of pairs."""

import ast
import json
import re
from typing import Any

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@([A-Za-z0-9.-]+\.[A-Za-z]{2,})")
MASK = r"***@\1"


def tags_of(text: str, *, masks_addresses: bool = False) -> dict[str, str]:
    """Return the tags. Values that are no texts become their JSON. Raises ValueError if the text holds no tags.

    The local part of an e-mail address is masked where a format is known to write addresses of people.
    """
    tags = _pairs(_content(text.strip()))
    if masks_addresses:
        return {_ADDRESS.sub(MASK, name): _ADDRESS.sub(MASK, value) for name, value in tags.items()}
    return tags


def _content(text: str) -> Any:
    for attempt in (text, f"{{{text}}}"):
        try:
            return json.loads(attempt, strict=False, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            continue
    try:
        return ast.literal_eval(text)  # lists of labels in exports of BigQuery are written as Python prints them
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        raise ValueError("they are no JSON object") from None


def _pairs(content: Any) -> dict[str, str]:
    if isinstance(content, list) and all(isinstance(each, dict) and "key" in each for each in content):
        content = {each["key"]: each.get("value") for each in content}
    if not isinstance(content, dict):
        raise ValueError("they are no JSON object")
    return {_stored(str(name)): _stored(_as_text(value)) for name, value in content.items()}


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _stored(text: str) -> str:
    """Return the text without what PostgreSQL cannot store: NUL, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", errors="replace").decode()
