"""The patterns of text fields in words: whoever breaks one is told what would be right, for every field."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.http.text_forms import form_in_words

ROOT = Path(__file__).parents[2]


def patterns() -> Iterator[str]:
    """Yield the patterns that are given to fields of the rules and of the API, as they stand in the source."""
    for folder in ("models", "api"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
                    "StringConstraints",
                    "Field",
                    "Path",
                ):
                    yield from (
                        str(each.value.value)
                        for each in node.keywords
                        if each.arg == "pattern" and isinstance(each.value, ast.Constant)
                    )


@pytest.mark.parametrize("pattern", sorted(set(patterns())))
def test_each_pattern_is_told_in_words(pattern: str) -> None:
    assert not form_in_words(pattern).startswith("must match the pattern")


def test_there_are_patterns() -> None:
    assert len(set(patterns())) > 15
