"""The life of a quote: commands, statuses, versions, links and evidence (docs/specification/quotes.md 4, 6)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.access.roles import Role
from models.audit.hash_chain import first_break
from models.invoice.effects import EffectState, Receipt
from models.invoice.errors import InvalidChange, Refused, StaleRevision
from models.quotes.content.inputs import ResolvedLine
from models.quotes.quote.commands import (
    QUOTE_COMMANDS,
    DeclineQuote,
    EditQuote,
    OpenQuote,
    RenewLink,
    ResolveQuoteEffect,
    RetryQuoteEffect,
    ReviseQuote,
    WithdrawQuote,
)
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.event_handlers import apply_event
from models.quotes.quote.events import QuoteEffectCompleted, QuoteEffectFailed
from models.quotes.quote.preconditions import allowed, allowed_for, check
from models.quotes.quote.quote import Quote
from models.quotes.quote.status import FROM, LEAST_ROLE, QuoteCommandName, QuoteStatus
from tests.fixtures.quotes import NOW, acceptance, accepted, completed, content, do, draft, send_command, sent, typed

D = Decimal
S, C, E = QuoteStatus, QuoteCommandName, QuoteEffectName


def revised(quote: Quote) -> Quote:
    return do(quote, ReviseQuote(by="amina"))


QUOTES = {
    S.DRAFT: draft(),
    S.SENT: sent(),
    S.VIEWED: do(sent(), OpenQuote(link=1)),
    S.ACCEPTED: accepted(),
    S.DECLINED: do(sent(), DeclineQuote(version=1, reason="too dear", link=1)),
    S.WITHDRAWN: do(sent(), WithdrawQuote(by="boss", reason="wrong client")),
}


def test_every_command_has_a_row_in_both_tables() -> None:
    assert {each.name for each in QUOTE_COMMANDS} == set(C) == set(FROM) == set(LEAST_ROLE)


@pytest.mark.parametrize(("status", "names"), [
    (S.DRAFT, {C.EDIT, C.SEND, C.OPEN, C.WITHDRAW}),
    (S.SENT, {C.REVISE, C.OPEN, C.ACCEPT, C.DECLINE, C.WITHDRAW, C.RENEW_LINK, C.REVOKE_LINK}),
    (S.VIEWED, {C.REVISE, C.OPEN, C.ACCEPT, C.DECLINE, C.WITHDRAW, C.RENEW_LINK, C.REVOKE_LINK}),
    (S.ACCEPTED, {C.OPEN, C.RENEW_LINK, C.REVOKE_LINK, C.CONVERT}),
    (S.DECLINED, {C.REVISE, C.OPEN, C.WITHDRAW, C.RENEW_LINK, C.REVOKE_LINK}),
    (S.WITHDRAWN, {C.OPEN, C.REVOKE_LINK}),
])  # fmt: skip
def test_each_status_allows_its_commands(status: QuoteStatus, names: set[QuoteCommandName]) -> None:
    assert QUOTES[status].status is status
    assert set(allowed(QUOTES[status], NOW)) == names


@pytest.mark.parametrize(("role", "names"), [
    (Role.VIEWER, set()),
    (Role.EDITOR, {C.REVISE, C.RENEW_LINK, C.REVOKE_LINK}),
    (Role.MANAGER, {C.REVISE, C.ACCEPT, C.DECLINE, C.WITHDRAW, C.RENEW_LINK, C.REVOKE_LINK}),
])  # fmt: skip
def test_a_role_sees_the_commands_that_it_may_give(role: Role, names: set[QuoteCommandName]) -> None:
    assert set(allowed_for(sent(), role, NOW)) == names


def test_sending_takes_the_number_then_the_document_then_archives_and_mails() -> None:
    quote = sent()
    assert (quote.status, quote.display_number) == (S.SENT, "Q-2026-7")
    assert [effect.name for effect in quote.open_effects] == [E.ARCHIVE, E.EMAIL]
    [version], [link] = quote.versions, quote.links
    assert (version.version, version.digest, version.total_amount) == (1, quote.digest, D("1000.00"))
    assert (link.number, link.version) == (1, 1)
    # Valid until 31 March; 90 days later, at midnight in Tashkent (UTC+5), the link ends: 29 June 24:00.
    assert link.expires_at == datetime(2026, 6, 29, 19, tzinfo=UTC)
    assert first_break(quote.journal) is None


def test_a_draft_does_not_change_while_its_document_is_made() -> None:
    busy = do(draft(), send_command(draft()))
    for command in (EditQuote(expected_revision=2, title="Other"), WithdrawQuote(reason="wrong client")):
        with pytest.raises(Refused, match="being made"):
            check(busy, command, NOW)


@pytest.mark.parametrize("code", ["NumberingRefused", "RenderingRefused"])
def test_a_refused_number_leaves_a_draft_that_can_be_sent_again(code: str) -> None:
    busy = do(draft(), send_command(draft()))
    failed = QuoteEffectFailed(key=busy.open_effects[0].key, code=code, message="no series")
    after = apply_event(busy, failed, NOW)
    assert (after.status, after.blocked, after.sending) == (S.DRAFT, (), None)
    assert C.SEND in allowed(after, NOW)


@pytest.mark.parametrize(("changes", "command", "field"), [
    ({"recipients": ()}, {}, "recipients"),
    ({"valid_until": date(2026, 3, 1)}, {"by_mail": False}, "valid_until"),
])  # fmt: skip
def test_a_quote_that_nobody_would_get_is_not_sent(
    changes: dict[str, Any], command: dict[str, Any], field: str
) -> None:
    quote = draft(content(**changes))
    with pytest.raises(InvalidChange, match=f"^{field}"):
        check(quote, send_command(quote, **command), NOW)


def test_a_quote_without_lines_is_not_sent() -> None:
    empty = draft(content(lines=()))
    with pytest.raises(Refused, match="no lines"):
        check(empty, send_command(empty), NOW)


def test_without_a_letter_only_document_and_link_are_made() -> None:
    assert [effect.name for effect in sent(by_mail=False).open_effects] == [E.ARCHIVE]


def test_an_acceptance_is_evidence() -> None:
    quote = accepted(order_number="PO-77")
    assert quote.accepted is not None
    assert (quote.status, quote.accepted.accepted_by, quote.accepted.position) == (S.ACCEPTED, "Olga Weber", "Director")
    event = quote.journal[-1]
    assert (event.action, event.by) == ("accept", "the client, by their link")
    assert event.details["digest"] == quote.versions[0].digest
    assert (event.details["order_number"], event.details["total"]) == ("PO-77", "1000.00")
    assert E.NOTICE in [effect.name for effect in quote.open_effects]


def test_a_letter_that_was_not_sent_is_not_sent_after_the_answer() -> None:
    quote = accepted()
    email = quote.latest_effect(E.EMAIL)
    assert email is not None
    assert email.state is EffectState.SKIPPED
    assert quote.latest_effect(E.ARCHIVE) in quote.open_effects


def test_only_one_acceptance_is_applied() -> None:
    quote = accepted()
    for n in range(50):
        with pytest.raises(Refused, match="accepted"):
            do(quote, acceptance(quote, accepted_by=f"Person {n}"))


def test_after_its_last_day_a_quote_cannot_be_accepted_even_before_the_timer() -> None:
    quote = sent()
    last = datetime(2026, 3, 31, 18, 59, 59, tzinfo=UTC)  # 23:59:59 in Tashkent
    check(quote, acceptance(quote), last)
    with pytest.raises(Refused, match="valid until 2026-03-31"):
        check(quote, acceptance(quote), last + timedelta(seconds=1))


def test_a_person_may_record_an_answer_that_came_otherwise() -> None:
    quote = do(sent(), acceptance(sent(), link=None, by="boss"))
    assert quote.accepted is not None
    assert (quote.accepted.link, quote.accepted.recorded_by) == (None, "boss")
    assert quote.journal[-1].by == "boss"


def test_an_edit_names_what_changed() -> None:
    quote = draft()
    lines = (ResolvedLine(typed=typed("Design", "1200.00", id="L1")), ResolvedLine(typed=typed("Test", "300.00")))
    after = do(quote, EditQuote(by="amina", expected_revision=1, lines=lines, contact="Ms Weber"))
    assert [(line.id, line.total) for line in after.content.lines] == [("L1", D("1200.00")), ("L2", D("300.00"))]
    changes = after.journal[-1].changes
    assert changes["total"] == ("1000.00", "1500.00")
    assert set(changes) == {"lines.L1", "lines.L2", "total", "contact"}
    with pytest.raises(StaleRevision):
        check(after, EditQuote(expected_revision=1, title="x"), NOW)


def test_a_failed_effect_is_retried_or_resolved() -> None:
    quote = sent()
    email = quote.latest_effect(E.EMAIL)
    assert email is not None
    blocked = apply_event(quote, QuoteEffectFailed(key=email.key, code="OutcomeUnknown", message="lost"), NOW)
    assert blocked.blocked[0].state is EffectState.UNKNOWN
    retried = do(blocked, RetryQuoteEffect(by="boss", effect_id=email.key))
    assert retried.effect(email.key) in retried.open_effects
    done = do(blocked, ResolveQuoteEffect(by="boss", effect_id=email.key, outcome="done", note="it arrived"))
    assert done.effect(email.key).state is EffectState.DONE  # type: ignore[union-attr]


def test_the_archived_file_is_noted_at_its_version() -> None:
    quote = sent()
    archive = quote.latest_effect(E.ARCHIVE)
    assert archive is not None
    receipt = Receipt(vendor_id="k", details={"key": "quotes/2026/Q-2026-7.v1.pdf", "etag": "e"})
    after = apply_event(quote, QuoteEffectCompleted(key=archive.key, receipt=receipt), NOW)
    assert after.versions[0].archived is not None
    assert after.versions[0].archived.key == "quotes/2026/Q-2026-7.v1.pdf"


def test_a_late_letter_is_recorded_in_the_chain() -> None:
    quote = accepted()
    email = quote.latest_effect(E.EMAIL)
    assert email is not None
    after = apply_event(quote, QuoteEffectCompleted(key=email.key, receipt=Receipt(vendor_id="m")), NOW)
    assert after.journal[-1].action == "quote_email_came_late"


@pytest.mark.parametrize(("price", "fields", "amount", "total"), [
    ("99.99", {"quantity": "2.50"}, "249.98", "249.98"),  # 249.975 rounds half up
    ("100.00", {"quantity": "3", "discount_percent": "12.5"}, "262.50", "262.50"),
    ("80.00", {"quantity": "10", "multiplier": "1.5", "times": 12}, "1200.00", "14400.00"),
    ("-50.00", {}, "-50.00", "-50.00"),
])  # fmt: skip
def test_a_line_is_rounded_once_and_counts_its_times(
    price: str, fields: dict[str, Any], amount: str, total: str
) -> None:
    [line] = content(typed("Work", price, **fields)).lines
    assert (line.amount, line.total) == (D(amount), D(total))


COMMANDS = st.sampled_from(["send", "open", "accept", "decline", "revise", "withdraw", "renew", "effects", "late"])


@given(st.lists(COMMANDS, max_size=25))
def test_whatever_happens_the_chain_holds_and_one_answer_stands(steps: list[str]) -> None:
    quote, at = draft(), NOW
    answers = 0
    for step in steps:
        at += timedelta(hours=2)
        try:
            match step:
                case "send":
                    quote = sent(quote, at)
                case "open":
                    quote = do(quote, OpenQuote(link=max(len(quote.links), 1)), at)
                case "accept":
                    quote = do(quote, acceptance(quote, link=None), at)
                    answers += 1
                case "decline":
                    quote = do(quote, DeclineQuote(version=quote.version, reason="no money"), at)
                case "revise":
                    quote = do(quote, ReviseQuote(), at)
                case "withdraw":
                    quote = do(quote, WithdrawQuote(reason="wrong client"), at)
                case "renew":
                    quote = do(quote, RenewLink(), at)
                case "effects":
                    quote = completed(quote, at=at)
                case "late":
                    at += timedelta(days=10)
        except (Refused, InvalidChange):
            continue
    assert first_break(quote.journal) is None
    assert answers == (quote.accepted is not None) == (quote.status is S.ACCEPTED)
    assert len({each.version for each in quote.versions}) == len(quote.versions)
    keys = [effect.key for effect in quote.effects]
    assert len(keys) == len(set(keys))
