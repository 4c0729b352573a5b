"""The public events of a quote's life: which recorded action has which, and what each says."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from models.access.roles import Role
from models.audit.hash_chain import GENESIS, Event, append_event
from models.events.event_types import QUOTE_RULES, QUOTE_TYPES, EventType, quote_event_types
from models.events.payloads import INVOICE_DATA, PublicEvent, event_id, public_events
from models.events.quote_payloads import QUOTE_DATA, QuoteSummary, RecordedQuoteEvent
from models.events.schemas import event_schema
from models.notifications.notice import KINDS
from models.quotes.quote.commands import DeclineQuote, OpenQuote, ReviseQuote, WithdrawQuote
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.event_handlers import apply_event
from models.quotes.quote.events import QuoteEffectFailed
from models.quotes.quote.quote import Quote
from models.quotes.quote.timers import fire_due_timers
from tests.fixtures.quotes import NOW, accepted, completed, content, do, draft, send_command, sent, typed

BOSS: dict[str, Any] = {"by": "boss", "role": Role.MANAGER}
LONGEST_BODY = 4000  # characters


def summary(quote: Quote) -> QuoteSummary:
    totals, newest = quote.content.totals, quote.sent_version
    return QuoteSummary(
        id=quote.id,
        revision=quote.revision,
        status=quote.status,
        number=quote.display_number,
        version=quote.version,
        title=quote.content.title,
        customer_key=quote.content.customer_key,
        customer_name=quote.content.customer.name,
        application_key=quote.content.application_key,
        currency=quote.content.currency,
        net_amount=totals.net_amount,
        total_amount=totals.total_amount,
        issued_on=quote.content.issued_on,
        valid_until=quote.content.valid_until,
        sent_at=newest.sent.at if newest else None,
        answered_at=quote.accepted.at if quote.accepted else None,
        converted=False,
        blocked=bool(quote.blocked),
    )


def recorded_quote(quote: Quote, event: Event) -> RecordedQuoteEvent:
    newest = quote.sent_version
    return RecordedQuoteEvent(
        position=event.seq,
        entry=event.seq,
        event=event,
        quote=summary(quote),
        sent_version=newest.version if newest else None,
    )


def told(quote: Quote, last: int | None = None) -> list[PublicEvent]:
    """Return the public events of the quote's whole life, or of its last recorded events."""
    journal = quote.journal[-last:] if last else quote.journal
    return [public for event in journal for public in public_events(recorded_quote(quote, event))]


def types_of(quote: Quote, last: int | None = None) -> list[str]:
    return [public.type.value for public in told(quote, last)]


def blocked() -> Quote:
    quote = sent()
    letter = quote.latest_effect(QuoteEffectName.EMAIL)
    assert letter is not None
    return apply_event(quote, QuoteEffectFailed(key=letter.key, code="", message="x" * 900), NOW)


def refused() -> Quote:
    """The document of a second version was refused."""
    revised = do(sent(), ReviseQuote(**BOSS))
    again = do(revised, send_command(revised))
    document = again.latest_effect(QuoteEffectName.DOCUMENT)
    assert document is not None
    return apply_event(again, QuoteEffectFailed(key=document.key, code="RenderingRefused", message="no page"), NOW)


def test_a_quote_from_draft_to_accepted() -> None:
    """The number, the openings after the first view, and letters that were delivered are internal steps."""
    quote = completed(accepted(order_number="PO-7"))
    assert types_of(quote) == ["quote.created", "quote.sent", "quote.viewed", "quote.accepted"]


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        (lambda: do(sent(), ReviseQuote(**BOSS, reason="scope")), ["quote.revised"]),
        (lambda: do(draft(), WithdrawQuote(**BOSS, reason="sold out")), ["quote.withdrawn"]),
        (lambda: fire_due_timers(sent(), NOW + timedelta(days=40)), ["quote.expired"]),
        (lambda: fire_due_timers(sent(), NOW + timedelta(days=23)), ["quote.reminder_due"]),
        (lambda: do(do(sent(), OpenQuote(link=1)), OpenQuote(link=1), NOW + timedelta(hours=2)), []),
        (blocked, ["quote.effect_blocked"]),
        (refused, ["quote.effect_refused"]),
    ],
)
def test_single_steps(quote: Any, expected: list[str]) -> None:
    assert types_of(quote(), last=1) == expected


def test_terms_that_are_written_are_a_conversion() -> None:
    event = append_event(
        GENESIS,
        1,
        at=NOW,
        by="aktum",
        action=f"{QuoteEffectName.TERMS}_done",
        reason=None,
        status_before="accepted",
        status_after="accepted",
        changes={},
    )
    assert quote_event_types(event) == (EventType.QUOTE_CONVERTED,)
    given_up = event.model_copy(update={"action": f"{QuoteEffectName.TERMS}_skipped"})
    assert quote_event_types(given_up) == ()


def test_an_acceptance_says_who_what_and_how_much() -> None:
    options = (typed(), typed("Training", "250.00", optional=True), typed("Support", "99.00", optional=True))
    quote = accepted(sent(draft(content(*options))), options=("L2",))
    [public] = told(quote, last=1)
    said = json.loads(public.body)
    data = said["data"]
    assert (said["type"], said["id"]) == ("quote.accepted", event_id(quote.id, quote.revision, public.type))
    assert (data["version"], data["accepted_by"], data["position"]) == (1, "Olga Weber", "Director")
    assert (data["order_number"], data["total_amount"]) == (None, "1250.00")  # 1,000 + 250
    assert (data["by"], data["status_before"], data["status"]) == ("the client, by their link", "viewed", "accepted")


def test_a_decline_says_why_and_by_whom() -> None:
    quote = do(sent(), DeclineQuote(version=1, reason="Too late for us", declined_by="Olga Weber", link=1))
    [public] = told(quote, last=1)
    said = public.data.model_dump()
    assert (said["reason"], said["declined_by"], said["version"]) == ("Too late for us", "Olga Weber", 1)
    [nameless] = told(do(sent(), DeclineQuote(**BOSS, version=1, reason="by phone")), last=1)
    assert nameless.data.model_dump()["declined_by"] is None


def test_the_end_of_the_validity_is_its_last_day() -> None:
    [public] = told(fire_due_timers(sent(), NOW + timedelta(days=40)), last=1)
    assert public.data.model_dump()["valid_until"] == date(2026, 3, 31)


def test_a_failed_step_is_told_with_its_key_and_a_bounded_message() -> None:
    quote = blocked()
    [public] = told(quote, last=1)
    said = public.data.model_dump()
    letter = quote.latest_effect(QuoteEffectName.EMAIL)
    assert letter is not None
    assert (said["effect"], said["code"], len(said["reason"])) == (letter.key, "", 500)
    assert said["quote"]["blocked"] is True


def test_the_document_is_that_of_the_version_that_was_sent() -> None:
    path = f"/api/v1/quotes/{draft().id}"
    first = sent()
    revised = do(first, ReviseQuote(**BOSS))
    second = sent(revised)
    of = {public.id: public.data.links.model_dump()["document"] for public in told(second)}
    by_type = [(public.type, of[public.id]) for public in told(second)]
    assert by_type == [
        (EventType.QUOTE_CREATED, f"{path}/versions/2/pdf"),  # read when version 2 was sent already
        (EventType.QUOTE_SENT, f"{path}/versions/1/pdf"),
        (EventType.QUOTE_REVISED, f"{path}/versions/2/pdf"),
        (EventType.QUOTE_SENT, f"{path}/versions/2/pdf"),
    ]
    [created] = told(draft())
    assert created.data.links.model_dump() == {"quote": path, "document": None}


def test_every_event_fits_its_schema_and_is_small() -> None:
    """The texts that people type are as long as they may be."""
    whole = draft(content(title="T" * 300, customer={"name": "C" * 300}))
    long = accepted(sent(whole), accepted_by="Ж" * 200, position="Ж" * 200, order_number="1" * 100)
    declined = do(sent(whole), DeclineQuote(version=1, reason="Ж" * 1000, declined_by="Ж" * 200, link=1))
    seen = set()
    for public in (*told(long), *told(declined), *told(blocked(), last=1), *told(refused(), last=1)):
        body = json.loads(public.body)
        Draft202012Validator(event_schema(public.type)).validate(body)
        assert len(public.body) < LONGEST_BODY
        seen.add(public.type)
    assert {"quote.accepted", "quote.declined", "quote.effect_blocked", "quote.effect_refused"} <= seen


def test_no_event_has_a_cost_a_margin_or_a_link_of_the_client() -> None:
    """The names of all fields that a schema has, at each depth."""

    def names(model: Any) -> set[str]:
        return {name for part in (model, *model.get("$defs", {}).values()) for name in part.get("properties", {})}

    found: set[str] = set()
    for data in set(QUOTE_DATA.values()):
        found |= names(data.model_json_schema())
    assert not [name for name in found if any(word in name for word in ("cost", "margin", "token", "url"))]
    assert {"total_amount", "accepted_by", "valid_until"} <= found


def test_types_of_quotes_and_of_invoices_are_apart() -> None:
    assert {rule.event_type for rule in QUOTE_RULES} == set(QUOTE_DATA) == QUOTE_TYPES
    assert set(INVOICE_DATA) == set(EventType) - QUOTE_TYPES
    assert not set(KINDS) & QUOTE_TYPES  # finance gets a letter about a quote


def test_an_internal_step_has_no_public_event() -> None:
    event = sent().journal[-1]
    for action in ("send", "number", "quote_archive_done", "quote_email_done", "renew_link", "revoke_link", "convert"):
        assert quote_event_types(event.model_copy(update={"action": action})) == ()


def test_amounts_are_texts_as_the_currency_writes_them() -> None:
    [created] = told(draft())
    assert '"total_amount":"1000.00"' in created.body
    assert Decimal(json.loads(created.body)["data"]["quote"]["net_amount"]) == Decimal("1000.00")
