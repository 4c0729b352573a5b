"""The recorded state of a quote: whether a workflow must run for it, and the number that it keeps."""

from datetime import UTC, datetime, timedelta

import pytest

from models.access.roles import Role
from models.audit.hash_chain import reason_broken
from models.invoice.invoice import Number
from models.quotes.quote.commands import WithdrawQuote
from models.quotes.quote.current_details import current_details
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.event_handlers import apply_event
from models.quotes.quote.events import QuoteEffectFailed
from models.quotes.quote.quote import Quote
from models.quotes.quote.recorded import has_finished, keep_quote_number, recorded_of
from tests.fixtures.quotes import NOW, accepted, completed, do, draft, send_command, sent

WITHDRAW = WithdrawQuote(by="boss", role=Role.MANAGER, reason="sold out")
# The validity ends on 31 March; 90 days after it, and the midnight after them in Tashkent (UTC+5), is this.
LINKS_END = datetime(2026, 6, 29, 19, tzinfo=UTC)
NUMBER = Number(series="quotes", seq=7, display="Q-2026-7")


def blocked(quote: Quote) -> Quote:
    effect = quote.latest_effect(QuoteEffectName.ARCHIVE)
    assert effect is not None
    return apply_event(quote, QuoteEffectFailed(key=effect.key, code="VendorRefused", message="no"), NOW)


@pytest.mark.parametrize(
    ("quote", "at", "expected"),
    [
        (draft(), NOW + timedelta(days=900), False),
        (do(draft(), WITHDRAW), NOW, True),
        (completed(sent()), LINKS_END, False),  # the workflow has yet to expire it
        (completed(accepted()), LINKS_END - timedelta(seconds=1), False),
        (completed(accepted()), LINKS_END, True),
        (accepted(), LINKS_END, False),  # its document is not archived yet
        (blocked(accepted()), LINKS_END, False),
    ],
)
def test_a_quote_has_finished_when_its_links_have_ended_and_nothing_is_left_to_do(
    quote: Quote, at: datetime, expected: bool
) -> None:
    assert has_finished(quote, at) is expected


def test_a_number_that_the_record_lacks_is_recorded_once() -> None:
    kept = keep_quote_number(draft(), NUMBER, NOW, "aktum quote restore")
    assert (kept.display_number, kept.revision) == ("Q-2026-7", 2)
    assert reason_broken(kept.journal, kept.revision, kept.chain) is None
    assert kept.journal[-1].details == {"number": "Q-2026-7"}
    assert keep_quote_number(kept, NUMBER, NOW, "aktum quote restore") is kept
    assert keep_quote_number(draft(), None, NOW, "aktum quote restore") == draft()
    # The effect that is open takes the same number again.
    asked = do(draft(), send_command(draft()))
    assert keep_quote_number(asked, NUMBER, NOW, "aktum quote restore") is asked
    # Sent later, the quote has this number and takes no other.
    assert sent(kept).display_number == "Q-2026-7"
    assert sent(kept).latest_effect(QuoteEffectName.NUMBER) is None


def test_the_page_of_a_stopped_quote_names_the_command_that_continues_it() -> None:
    assert f"`aktum quote restore {draft().id}`" in current_details(draft(), "Event 2 differs.")
    assert "restore" not in current_details(draft())


def test_a_quote_is_named_by_its_number_or_its_workflow() -> None:
    assert recorded_of(draft()).name == draft().workflow_id
    assert recorded_of(sent()).name == "Q-2026-7"
