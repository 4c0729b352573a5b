"""Notes for operators are short, whatever the text that they were made from."""

import pytest

from models.invoice.revision import NOTES_KEPT, add_note
from tests.fixtures.invoices import NOW, new_invoice

LONGEST = 500


@pytest.mark.parametrize("text", ["", "short", "x" * LONGEST, "я" * LONGEST])
def test_a_note_within_the_limit_is_kept_as_it_is(text: str) -> None:
    assert add_note(new_invoice(), NOW, text).notes[-1].text == text


@pytest.mark.parametrize("text", ["x" * (LONGEST + 1), "я" * 1_000_000, "a b\n" * 500_000, "\U0001f9fe" * 600])
def test_a_longer_note_is_cut_and_says_so(text: str) -> None:
    note = add_note(new_invoice(), NOW, text).notes[-1].text
    assert len(note) == LONGEST
    assert note == f"{text[: LONGEST - 3]}..."


def test_all_notes_of_an_invoice_are_bounded() -> None:
    invoice = new_invoice()
    for _ in range(3 * NOTES_KEPT):
        invoice = add_note(invoice, NOW, "x" * 1_750_000)
    assert sum(len(note.text) for note in invoice.notes) == NOTES_KEPT * LONGEST
