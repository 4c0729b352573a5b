"""The validity of a quote, its reminders, and the end of its links (docs/specification/quotes.md 4.3)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models.issuer.issuer import Issuer, Party
from models.quotes.quote.commands import DeclineQuote, OpenQuote, ReviseQuote
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.preconditions import is_answerable
from models.quotes.quote.status import QuoteStatus
from models.quotes.quote.timers import fire_due_timers, has_ended, next_timer
from tests.fixtures.quotes import NOW, accepted, content, do, draft, sent

S, E = QuoteStatus, QuoteEffectName


def issuer(zone: str) -> Issuer:
    return Issuer(party=Party(name="ProximaOps"), zone=zone, notice_email="finance@example.com")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_draft_has_no_timer() -> None:
    assert next_timer(draft()) is None


def test_the_timers_are_two_reminders_the_end_and_the_end_of_the_links() -> None:
    """Valid until 31 March in Tashkent (UTC+5): 9:00 is 4:00 UTC, and the day ends at 19:00 UTC."""
    quote, fired = sent(), []
    while timer := next_timer(quote):
        if quote.status is S.EXPIRED:
            fired.append(timer.at)
            assert has_ended(quote, timer.at)
            break
        fired.append(timer.at)
        quote = fire_due_timers(quote, timer.at)
    assert fired == [
        at("2026-03-24 04:00"),
        at("2026-03-30 04:00"),
        at("2026-03-31 19:00"),
        at("2026-06-29 19:00"),
    ]
    assert [effect.argument for effect in quote.effects if effect.name is E.REMINDER] == [{"days": "7"}, {"days": "1"}]
    assert [effect.argument for effect in quote.effects if effect.name is E.NOTICE] == [{"answer": "expired"}]
    assert not is_answerable(quote, fired[-2])


@pytest.mark.parametrize(("zone", "until", "ends"), [
    # Clocks go forward on 29 March 2026 in Berlin: the day has 23 hours and ends at 22:00 UTC instead of 23:00.
    ("Europe/Berlin", date(2026, 3, 28), "2026-03-28 23:00"),
    ("Europe/Berlin", date(2026, 3, 29), "2026-03-29 22:00"),
    # They go back on 25 October 2026.
    ("Europe/Berlin", date(2026, 10, 24), "2026-10-24 22:00"),
    ("Europe/Berlin", date(2026, 10, 25), "2026-10-25 23:00"),
    ("Asia/Tashkent", date(2026, 3, 29), "2026-03-29 19:00"),
    ("America/New_York", date(2026, 3, 8), "2026-03-09 04:00"),
])  # fmt: skip
def test_the_last_day_ends_at_midnight_of_the_issuer(zone: str, until: date, ends: str) -> None:
    quote = sent(draft(content(issuer=issuer(zone), valid_until=until, reminder_days=())))
    timer = next_timer(quote)
    assert timer is not None
    assert timer.at == at(ends)
    assert fire_due_timers(quote, at(ends) - timedelta(seconds=1)) == quote
    assert fire_due_timers(quote, at(ends)).status is S.EXPIRED


def test_after_an_outage_only_the_newest_reminder_is_sent() -> None:
    quote = fire_due_timers(sent(), at("2026-03-30 05:00"))
    assert [effect.argument for effect in quote.open_effects if effect.name is E.REMINDER] == [{"days": "1"}]
    assert quote.reminded == (7, 1)


def test_reminders_before_the_sending_are_settled() -> None:
    quote = sent(at=at("2026-03-28 08:00"))
    assert quote.reminded == (7,)
    timer = next_timer(quote)
    assert timer is not None
    assert timer.at == at("2026-03-30 04:00")


def test_without_an_address_a_reminder_is_a_note() -> None:
    quote = fire_due_timers(sent(draft(content(recipients=())), by_mail=False), at("2026-03-24 04:00"))
    assert not [effect for effect in quote.effects if effect.name is E.REMINDER]
    assert "no e-mail recipient" in quote.notes[-1].text


def test_an_answered_quote_neither_expires_nor_reminds() -> None:
    quote = accepted()
    assert fire_due_timers(quote, at("2026-05-01 00:00")) == quote
    declined = do(sent(), DeclineQuote(version=1, reason="too dear"))
    assert fire_due_timers(declined, at("2026-05-01 00:00")) == declined


def test_a_viewed_quote_expires_and_can_be_revised() -> None:
    quote = fire_due_timers(do(sent(), OpenQuote(link=1)), at("2026-04-01 00:00"))
    assert quote.status is S.EXPIRED
    assert quote.expired_at == at("2026-04-01 00:00")
    again = do(quote, ReviseQuote(by="amina"), at("2026-04-01 01:00"))
    assert (again.status, again.version, again.expired_at, again.reminded) == (S.DRAFT, 2, None, ())


def test_links_of_a_quote_that_was_sent_late_still_end_after_its_validity() -> None:
    assert not has_ended(accepted(), NOW)
    assert has_ended(accepted(), at("2026-06-29 19:00"))
