"""Characters without a glyph and invisible characters: the draft names them, and cannot be finalised."""

from datetime import UTC, datetime

import pytest

from models.invoice.commands import Finalize
from models.invoice.content.content import Content
from models.invoice.content.printing import obstacle_to_printing, printing_warnings, without_invisible_characters
from models.invoice.errors import Refused
from models.invoice.invoice import Invoice
from models.invoice.preconditions import allowed, check
from models.invoice.status import CommandName
from models.values.invisible_characters import invisible_characters, without_invisible
from tests.fixtures.documents import seed_support
from tests.fixtures.invoices import new_invoice

NOW = datetime(2026, 3, 1, 6, tzinfo=UTC)
CUNEIFORM = "\U00012000"

PRINTED = [
    *("Ромашка", "Oʻzbekiston", "Ўзбекистон", "Қазақстан ₸", "Việt Nam", "Ελλάς", "السلام", "שלום", "ქართული"),
    *("Հայաստան", "हिन्दी", "ภาษาไทย", "株式会社", "简体中文", "한국어", "日本語", "→ ✓ ₽"),
    "a\u00a0b\u202fc\u2009d\te\nf",
    *("می\u200cخواهم", "क्\u200dष", "❤\ufe0f"),
]
HIDDEN = [
    *("\u202e", "\u202a", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c", "\u200b", "\ufeff", "\u2060", "\u00ad"),
    *("\u2028", "\x07", "\x85", "\u3164", "\U000e0041", "\u180e"),
]


def with_customer(name: str) -> Content:
    content = seed_support()
    return content.model_copy(update={"customer": content.customer.model_copy(update={"name": name})})


def draft_with(content: Content) -> Invoice:
    return new_invoice(content)


@pytest.mark.parametrize("text", PRINTED)
def test_characters_of_the_fonts_are_printed(text: str) -> None:
    assert printing_warnings(with_customer(text)) == ()


def test_a_letter_without_a_glyph_is_named_with_its_field() -> None:
    (warning,) = printing_warnings(with_customer(f"A{CUNEIFORM}B{CUNEIFORM}"))
    assert warning.startswith("customer.name: ")
    assert f"{CUNEIFORM} (U+12000)" in warning


def test_the_printable_characters_can_be_given() -> None:
    assert printing_warnings(with_customer("ж"), printable=frozenset(map(ord, "abc")))
    assert not any("customer.name" in each for each in printing_warnings(with_customer("ж"), frozenset([ord("ж")])))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"legal_text": CUNEIFORM}, "legal_text"),
        ({"html_override": f"<p>{CUNEIFORM}</p>"}, "html_override"),
        ({"html_override": "<p>&#x12000;</p>"}, "html_override"),
        ({"html_override": "<p>&#x202e;x</p>"}, "html_override"),
    ],
)
def test_every_printed_text_is_checked(changed: dict[str, str], field: str) -> None:
    (warning,) = printing_warnings(seed_support().model_copy(update=changed))
    assert warning.startswith(f"{field}: ")


def test_lines_contract_and_issuer_are_checked() -> None:
    content = seed_support().with_service(application_name=CUNEIFORM)
    line = content.lines[0].model_copy(update={"description": CUNEIFORM})
    party = content.issuer.party.model_copy(update={"signer": CUNEIFORM})
    issuer = content.issuer.model_copy(update={"party": party})
    content = content.model_copy(update={"lines": (line, *content.lines[1:]), "issuer": issuer})
    fields = [warning.partition(": ")[0] for warning in printing_warnings(content)]
    assert fields == ["application_name", "issuer.signer", f"line {line.id}"]


@pytest.mark.parametrize("name", [f"Acme {CUNEIFORM}", "Acme \u202eLLC"])
def test_such_a_draft_cannot_be_finalised(name: str) -> None:
    good, bad = draft_with(with_customer("Acme")), draft_with(with_customer(name))
    check(good, Finalize(by="lena"), NOW)
    with pytest.raises(Refused, match=r"customer\.name"):
        check(bad, Finalize(by="lena"), NOW)
    assert CommandName.FINALIZE in allowed(good)
    assert CommandName.FINALIZE not in allowed(bad)
    assert CommandName.EDIT in allowed(bad)


@pytest.mark.parametrize("char", HIDDEN)
def test_invisible_characters_are_found_and_removed(char: str) -> None:
    text = f"Acme{char}Corp"
    assert invisible_characters(text) == (char,)
    assert without_invisible(text).replace("\n", "") == "AcmeCorp"
    assert obstacle_to_printing(with_customer(text))
    assert without_invisible_characters(with_customer(text)).customer.name.replace("\n", "") == "AcmeCorp"


@pytest.mark.parametrize("text", PRINTED)
def test_characters_that_shape_letters_are_kept(text: str) -> None:
    assert without_invisible(text) == text


@pytest.mark.parametrize("text", ["Ac\u200dme", "Ак\u200cме", "12\u200d3"])
def test_a_joiner_that_shapes_nothing_is_invisible(text: str) -> None:
    assert invisible_characters(text)
