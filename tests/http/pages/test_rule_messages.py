"""The messages of the rules on Russian pages: each form stands in the code, and its values stay."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from api.pages.rule_messages import CATALOGUES, PLACEHOLDER, told

ROOT = Path(__file__).parents[3]
SOURCES = ("models", "api", "workflows/client")
VALUE = "{}"


@cache
def forms_in_the_code() -> frozenset[str]:
    """Return all texts of the code, with `{}` in place of the values of f-strings."""
    return frozenset(
        form
        for folder in SOURCES
        for path in (ROOT / folder).rglob("*.py")
        for form in _forms(ast.parse(path.read_text(encoding="utf-8")))
    )


def _forms(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else VALUE for part in node.values)


def entries() -> dict[str, str]:
    with (CATALOGUES / "ru.po").open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file, locale="ru") if each.id}


def _is_in_the_code(form: str) -> bool:
    """Return whether the code makes messages of the form; a part of a form of the code may be a value in it."""
    return form in forms_in_the_code() or any(
        VALUE in each and len(each) > len(form) // 2 and re.fullmatch(re.escape(each).replace(r"\{\}", ".+"), form)
        for each in forms_in_the_code()
    )


def test_each_form_stands_in_the_code() -> None:
    missing = [message for message in entries() if not _is_in_the_code(PLACEHOLDER.sub(VALUE, message))]
    assert missing == [], "the rules do not say this any more; correct the catalogue"
    assert not _is_in_the_code("must not be the day before {}")


def test_each_form_is_translated_with_its_values() -> None:
    for message, text in entries().items():
        assert text.strip(), message
        names = PLACEHOLDER.findall(message)
        assert set(PLACEHOLDER.findall(text)) <= set(names), message
        assert len(set(names)) == len(names), message
        assert VALUE not in text % dict.fromkeys(names, "1")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("is required", "обязательно"),
        (
            "valid_to: 2026-01-01 is before valid_from, 2026-02-01",
            "valid_to: 2026-01-01 раньше первого дня, 2026-02-01",
        ),
        (
            "14.500 can mean 14.50 or 14500.00; write it as one of them",
            "14.500 может значить 14.50 или 14500.00; напишите одно из них",
        ),
        ("must be 0 or more, or must be a whole number", "должно быть не меньше 0, или должно быть целым числом"),
        (
            "approve needs the role manager or a higher one; lena is editor",
            "для этого действия (approve) нужна роль менеджер или выше; lena — редактор",
        ),
        (
            "The invoice is sent; edit is not possible in this status.",
            "Счёт в статусе «отправлен»; команда edit в нём невозможна.",
        ),
        ("Something that no rule says.", "Something that no rule says."),
        ("80 % of it: {seq}", "80 % of it: {seq}"),
    ],
)
def test_a_message_is_told_in_russian(message: str, text: str) -> None:
    assert told("ru", message) == text
    assert told("en", message) == message
