"""The tokens of links: signed, bound to one link, and not to be guessed (docs/specification/quotes.md 6)."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.quotes.quote.links import TOKEN_LENGTH, LinkGrant, read_token, token_of
from tests.fixtures.quotes import QUOTE_ID

SECRET = b"s" * 32
GRANT = LinkGrant(quote_id=QUOTE_ID, number=3, expires_at=datetime(2026, 6, 29, 19, tzinfo=UTC))


def test_a_token_names_its_link() -> None:
    token = token_of(SECRET, GRANT)
    assert len(token) == TOKEN_LENGTH
    assert token.replace("-", "").replace("_", "").isalnum()
    assert read_token(SECRET, token) == GRANT


def test_another_secret_reads_nothing() -> None:
    assert read_token(b"t" * 32, token_of(SECRET, GRANT)) is None


@given(st.integers(0, TOKEN_LENGTH - 1), st.sampled_from("AZaz09-_"))
def test_no_character_can_be_changed(place: int, letter: str) -> None:
    token = token_of(SECRET, GRANT)
    changed = token[:place] + letter + token[place + 1 :]
    assert (read_token(SECRET, changed) is None) == (changed != token)


@given(st.text(max_size=80))
def test_other_texts_are_no_tokens(text: str) -> None:
    assert read_token(SECRET, text) is None


@pytest.mark.parametrize(
    "change", [{"quote_id": str(uuid4())}, {"number": 4}, {"expires_at": datetime(2027, 1, 1, tzinfo=UTC)}]
)
def test_each_part_is_signed(change: dict[str, object]) -> None:
    other, token = token_of(SECRET, GRANT.model_copy(update=change)), token_of(SECRET, GRANT)
    # The 23 bytes that name the link take 31 characters; the signature of one does not fit the other.
    assert read_token(SECRET, other[:30] + token[30:]) is None
