"""The messages of the rules on Russian pages: each sentence of the code has its Russian form, and its values stay."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest
from babel.messages.pofile import read_po

from api.pages.rule_messages import CATALOGUES, PLACEHOLDER, Form, told, values_in
from tests.http.pages.messages import ROOT
from tests.http.pages.rule_texts import OTHER_READERS, VALUE, form_of, nodes, nodes_of, sentences, sentences_of

SAMPLE = "X1"
ENGLISH = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b")
_CODE = re.compile(r"`[^`]*`|<[^>]*>")
_NAMED_VALUE = re.compile(r"\{\w*\}")
_AFTER_A_SENTENCE = re.compile(r"(?<=\.)\{\}$")
_BEFORE_A_SENTENCE = re.compile(r"^\{\} (?=[A-Z])")


@cache
def forms_in_the_code() -> frozenset[str]:
    """Return all texts of the code, with `{}` in place of the values of f-strings."""
    return frozenset(_plain(form) for found in nodes().values() for node in found if (form := form_of(node)))


@cache
def _whole_code() -> str:
    return "\n".join(forms_in_the_code())


def _plain(form: str) -> str:
    """Return the form with `{}` in place of a value that has a name."""
    return _NAMED_VALUE.sub(VALUE, form)


def messages() -> Iterator[tuple[str, str]]:
    for path in sorted((CATALOGUES / "ru").glob("*.po")):
        with path.open("rb") as file:
            yield from ((str(each.id), str(each.string)) for each in read_po(file, locale="ru") if each.id)


@cache
def entries() -> dict[str, str]:
    return dict(messages())


@cache
def forms_of_entries() -> frozenset[str]:
    return frozenset(_plain(PLACEHOLDER.sub(VALUE, message)) for message in entries())


def _matches(form: str, text: str) -> bool:
    """Return whether the text has the form: its values may hold anything."""
    parts = tuple(form.split(VALUE))
    return len(parts) > 1 and values_in(Form(parts, tuple(map(str, range(len(parts) - 1))), ""), text) is not None


def _is_in_the_code(form: str) -> bool:
    """Return whether the code makes messages of the form, or has it as a part of one or as several parts."""
    form = _plain(form)
    return form.removeprefix(f"{VALUE} ") in _whole_code() or any(
        len(each.replace(VALUE, "").strip()) > len(form) // 3 and _matches(each, form) for each in forms_in_the_code()
    )


def _is_told(form: str) -> bool:
    """Return whether a message of the form is told in Russian, with no English left, or is a part of an entry."""
    for each in (form, _plain(form)):
        sample = _AFTER_A_SENTENCE.sub("", _BEFORE_A_SENTENCE.sub(f"{SAMPLE}. ", each)).replace(VALUE, SAMPLE).strip()
        text = told("ru", sample)
        if text != sample and not ENGLISH.search(_CODE.sub("", text)):
            return True
    plain = _plain(form)
    return any(plain.strip(" ;,") in each or _matches(plain, each) for each in forms_of_entries())


def test_each_sentence_of_the_rules_is_told_in_russian() -> None:
    missing = [f"{place}: {form}" for form, place in sentences().items() if not _is_told(form)]
    assert missing == [], "add it to languages/rules/ru/; one for other readers goes into rule_texts.py"


def test_a_sentence_without_an_entry_is_found() -> None:
    found = nodes_of('raise Refused(f"The order {key} waits for the moon.")')
    assert [form for form, _ in sentences_of(found)] == ["The order {} waits for the moon."]
    assert not _is_told("The order {} waits for the moon.")
    assert not _is_told("There is no order {}. It waits for the moon.")


def test_the_places_of_other_readers_exist() -> None:
    assert [path for path in OTHER_READERS if not (ROOT / path).exists()] == []


def test_each_form_stands_in_the_code() -> None:
    missing = [message for message in entries() if not _is_in_the_code(PLACEHOLDER.sub(VALUE, message))]
    assert missing == [], "the rules do not say this any more; correct the catalogue"
    assert not _is_in_the_code("must not be the day before {}")


def test_each_form_stands_in_one_catalogue() -> None:
    forms = Counter(PLACEHOLDER.sub(VALUE, message) for message, _ in messages())
    assert [form for form, count in forms.items() if count > 1] == []


def test_each_form_is_translated_with_its_values() -> None:
    for message, text in entries().items():
        assert text.strip(), message
        names = PLACEHOLDER.findall(message)
        assert set(PLACEHOLDER.findall(text)) <= set(names), message
        assert len(set(names)) == len(names), message
        assert VALUE not in text % dict.fromkeys(names, "1") if names else True


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
        (
            "Order A-1 cannot be invoiced. The docket has not been received. 3 more orders cannot be invoiced either.",
            "Заказ A-1 нельзя выставить. Наряд не получен. Ещё заказов, которые нельзя выставить: 3.",
        ),
        (
            "Not ready for an invoice: A-1: The docket has not been received.; B-2: The docket has no service id.",
            "К счёту не готово: A-1: Наряд не получен.; B-2: В наряде нет поля: номер услуги.",
        ),
        ("valid_from: is required (and 2 more, see details)", "valid_from: обязательно (и ещё 2)"),
        ("Didox refused: the TIN is unknown", "Didox отклонил: «the TIN is unknown»"),
        ("Contact St. Anna has no usable e-mail address: x.", "У контакта St. Anna нет пригодного адреса почты: x."),
        ("Something that no rule says.", "Something that no rule says."),
        ("80 % of it: {seq}", "80 % of it: {seq}"),
    ],
)
def test_a_message_is_told_in_russian(message: str, text: str) -> None:
    assert told("ru", message) == text
    assert told("en", message) == message
