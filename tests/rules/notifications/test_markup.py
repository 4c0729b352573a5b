"""The parts of a long text: nothing is lost, no tag or entity is broken, and no part is too long for Telegram."""

import html

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from local.sandboxes.telegram.markup import utf16_units as counted_by_telegram
from local.sandboxes.telegram.markup import visible_text
from models.notifications.markup import CUT, LONGEST_PART, plain_text, split, utf16_units

PLAIN = st.text(st.sampled_from("абв x\n<>&\"'😀é"), min_size=1, max_size=40).map(lambda text: html.escape(text))
TAGS = st.sampled_from([("<b>", "</b>"), ("<i>", "</i>"), ('<a href="https://a.example/?x=1&amp;y=2">', "</a>")])


def _tagged(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(TAGS, st.lists(inner, min_size=1, max_size=4)).map(
        lambda found: found[0][0] + "".join(found[1]) + found[0][1]
    )


MARKUP = st.lists(st.recursive(PLAIN, _tagged, max_leaves=12), min_size=1, max_size=8).map("".join)


@given(MARKUP)
def test_the_visible_text_is_what_telegram_shows(markup: str) -> None:
    assert plain_text(markup) == visible_text(markup)
    assert utf16_units(plain_text(markup)) == counted_by_telegram(visible_text(markup))


@given(MARKUP, st.integers(min_value=2, max_value=60))
def test_parts_are_whole_short_and_complete(markup: str, longest: int) -> None:
    parts = split(markup, longest, most=10_000)
    shown = [visible_text(part) for part in parts]  # raises for a broken tag
    assert all(0 < counted_by_telegram(text) <= longest for text in shown)
    # Parts without a visible character are left out: Telegram refuses them.
    assert "".join("".join(shown).split()) == "".join(visible_text(markup).split())


@given(MARKUP, st.integers(min_value=4, max_value=40), st.integers(min_value=1, max_value=3))
def test_the_number_of_parts_is_bounded_and_a_cut_is_marked(markup: str, longest: int, most: int) -> None:
    assume(visible_text(markup).strip())
    whole, parts = split(markup, longest, most=10_000), split(markup, longest, most)
    assert len(parts) <= most
    assert all(counted_by_telegram(visible_text(part)) <= longest for part in parts)
    assert parts[: most - 1] == whole[: most - 1]
    assert parts[-1].endswith(CUT) == (len(whole) > most)


def test_a_short_text_is_one_part() -> None:
    assert split("<b>Approved</b>\nACT-1") == ["<b>Approved</b>\nACT-1"]


def test_a_part_ends_at_the_end_of_a_line() -> None:
    line = f"{'x' * 99}\n"
    first, second = split(f"<b>{line * 41}</b>")
    assert first == f"<b>{line * 40}</b>"  # 40 lines of 100 are 4000, 41 would be 4100
    assert second == f"<b>{line}</b>"


@pytest.mark.parametrize(("character", "units"), [("x", 1), ("я", 1), ("&amp;", 1), ("&#39;", 1), ("😀", 2)])
def test_the_longest_part(character: str, units: int) -> None:
    assert len(split(character * (LONGEST_PART // units))) == 1
    assert len(split(character * (LONGEST_PART // units + 1))) == 2
