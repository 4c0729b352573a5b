"""Versions, options and links of a quote: which of them can be answered (docs/specification/quotes.md 4.2, 6)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from models.invoice.errors import InvalidChange, KeyReused, StaleRevision
from models.quotes.quote.commands import (
    EditQuote,
    OpenQuote,
    RenewLink,
    ReviseQuote,
    RevokeLink,
)
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.errors import LinkNotValid, OldVersion
from models.quotes.quote.preconditions import check
from models.quotes.quote.quote import Quote
from models.quotes.quote.status import QuoteCommandName, QuoteStatus
from tests.fixtures.quotes import NOW, acceptance, accepted, content, do, draft, send_command, sent, typed

D = Decimal
S, C, E = QuoteStatus, QuoteCommandName, QuoteEffectName


def revised(quote: Quote) -> Quote:
    return do(quote, ReviseQuote(by="amina"))


def test_the_first_opening_is_the_first_view_and_later_ones_count_once_an_hour() -> None:
    quote = do(sent(), OpenQuote(link=1))
    assert (quote.status, quote.links[0].openings) == (S.VIEWED, 1)
    soon = do(quote, OpenQuote(link=1), NOW + timedelta(minutes=59))
    assert soon == quote
    later = do(quote, OpenQuote(link=1), NOW + timedelta(hours=1))
    assert (later.links[0].openings, later.links[0].opened_at) == (2, NOW)
    assert [event.action for event in later.journal[-2:]] == ["open", "open"]


def test_an_acceptance_that_is_repeated_with_its_key_changes_nothing() -> None:
    once = do(sent(), acceptance(sent(), idempotency_key="accept:k"))
    assert do(once, acceptance(sent(), idempotency_key="accept:k")) == once
    with pytest.raises(KeyReused):
        do(once, acceptance(sent(), idempotency_key="accept:k", accepted_by="Somebody else"))


def test_optional_lines_are_chosen_with_the_acceptance() -> None:
    two = content(typed(), typed("Training", "250.00", optional=True), typed("Support", "99.00", optional=True))
    assert (two.totals.total_amount, two.totals.optional_amount) == (D("1000.00"), D("349.00"))
    quote = sent(draft(two))
    with pytest.raises(InvalidChange, match=r"^options: L1"):
        check(quote, acceptance(quote, options=("L1",)), NOW)
    after = accepted(quote, options=("L2",))
    assert after.accepted is not None
    assert (after.accepted.total_amount, after.accepted.options) == (D("1250.00"), ("L2",))
    assert [line.counts for line in after.content.lines] == [True, True, False]


def test_a_quote_of_options_only_needs_a_choice() -> None:
    quote = sent(draft(content(typed(optional=True))))
    with pytest.raises(InvalidChange, match=r"^options"):
        check(quote, acceptance(quote), NOW)


def test_of_two_versions_only_the_newer_one_can_be_accepted() -> None:
    second = revised(sent())
    assert (second.status, second.version, second.versions[0].superseded_at) == (S.DRAFT, 2, NOW)
    with pytest.raises(OldVersion, match="is being written"):
        check(second, acceptance(second, version=1), NOW)
    resent = sent(second)
    assert (resent.display_number, [each.version for each in resent.versions]) == ("Q-2026-7", [1, 2])
    assert [(link.number, link.version) for link in resent.links] == [(1, 1), (2, 2)]
    with pytest.raises(OldVersion, match="has been sent"):
        check(resent, acceptance(resent, version=1), NOW)
    with pytest.raises(LinkNotValid):
        check(resent, acceptance(resent, version=2, link=1), NOW)
    assert accepted(resent, version=2, link=2).status is S.ACCEPTED


def test_an_old_version_keeps_its_digest_when_the_new_one_differs() -> None:
    second = revised(sent())
    edited = do(second, EditQuote(expected_revision=second.revision, title="Another title"))
    resent = sent(edited)
    assert resent.versions[0].digest == sent().versions[0].digest != resent.versions[1].digest


def test_an_opened_old_link_is_recorded_and_views_no_new_version() -> None:
    resent = sent(revised(sent()))
    after = do(resent, OpenQuote(link=1))
    assert (after.status, after.links[0].openings, after.links[1].openings) == (S.SENT, 1, 0)


def test_a_revoked_link_answers_nothing_and_a_new_one_takes_its_place() -> None:
    quote = do(sent(), RevokeLink(by="amina", link=1, reason="sent to the wrong person"))
    with pytest.raises(LinkNotValid, match="revoked"):
        check(quote, acceptance(quote), NOW)
    assert do(quote, OpenQuote(link=1)) == quote
    renewed = do(quote, RenewLink(by="amina"))
    assert renewed.live_link is not None
    assert renewed.live_link.number == 2
    assert accepted(renewed, link=2).status is S.ACCEPTED


def test_a_new_link_revokes_the_old_ones_of_its_version() -> None:
    renewed = do(sent(), RenewLink(by="amina"))
    assert [link.revoked is not None for link in renewed.links] == [True, False]


def test_an_opened_link_disturbs_nobody_who_edits_the_next_version() -> None:
    second = revised(sent())
    opened = do(second, OpenQuote(link=1))
    assert opened.revision == second.revision + 1
    edited = do(opened, EditQuote(by="amina", expected_revision=second.revision, title="Another title"))
    with pytest.raises(StaleRevision):
        check(edited, send_command(second), NOW)
