"""Computed margins are kept for equal facts only."""

from decimal import Decimal

import pytest

from api.errors import Invalid
from api.quotes.margins.entry_cache import EntryCache
from models.invoice.status import Status
from models.quotes.margins.entries import margin_entries
from models.quotes.margins.facts import MarginFacts
from models.values.money import Currency
from models.values.period import Period
from tests.fixtures.margins import ANNA, BORIS, content_of, contract_work, facts, hourly, live, work

ONE = hourly(work(ANNA, 2), work(BORIS, 3))
MORE = hourly(work(ANNA, 2), work(BORIS, 4))
GIVEN = facts(ONE)
KEY = ONE.contract.application_key
INVOICE = GIVEN.invoices[0]

# Each changes one thing that a margin is computed from.
CHANGES: dict[str, MarginFacts] = {
    "the content of an invoice": facts(ONE, invoices=[live(content_of(MORE))]),
    "the status of an invoice": facts(ONE, invoices=[live(INVOICE.content, INVOICE.number, Status.DRAFT)]),
    "the number of an invoice": facts(ONE, invoices=[live(INVOICE.content, "INV-9")]),
    "one invoice less": facts(ONE, invoices=[]),
    "a worklog": facts(ONE, work={KEY: contract_work(MORE)}),
    "one contract more": facts(ONE, work={KEY: contract_work(ONE), "APP-9": contract_work(ONE)}),
    "the name of a customer": facts(ONE, work={KEY: contract_work(ONE).model_copy(update={"customer_name": "New"})}),
    "a contract that cannot be read": facts(ONE, work={}, unread={KEY: "is not in ClickHouse"}),
    "a person who is not billed": facts(ONE, invoices=GIVEN.invoices, exclusions={ANNA: "excluded"}),
    "the cost rates": facts(ONE).model_copy(update={"book": GIVEN.book.model_copy(update={"cost_rates": ()})}),
    "the months": facts(ONE, months=Period.month(2026, 3)),
    "the currency": facts(ONE, currency=Currency.UZS),
}


async def test_equal_facts_are_computed_once() -> None:
    cache = EntryCache()
    first = await cache.entries(GIVEN)
    assert first == margin_entries(GIVEN)
    assert await cache.entries(facts(ONE)) is first  # the same facts, read again


@pytest.mark.parametrize("changed", CHANGES.values(), ids=list(CHANGES))
async def test_changed_facts_are_computed_again(changed: MarginFacts) -> None:
    assert changed != GIVEN
    cache = EntryCache()
    before = await cache.entries(GIVEN)
    assert await cache.entries(changed) == margin_entries(changed)
    assert await cache.entries(GIVEN) == before


async def test_what_is_refused_is_not_kept() -> None:
    """Without a rate nothing is computed in soums; once there is one (12,500), the same months are."""
    converted = facts(ONE, currency=Currency.UZS)
    refused = converted.model_copy(update={"book": GIVEN.book.model_copy(update={"exchange_rates": ()})})
    cache = EntryCache()
    for _ in range(2):
        with pytest.raises(Invalid) as told:
            await cache.entries(refused)
        assert told.value.details[0].path == "currency"  # type: ignore[index]
    found = await cache.entries(converted)
    assert sum(each.revenue for each in found.entries) == Decimal("1875000.00")  # 5 hours at 30.00 USD
