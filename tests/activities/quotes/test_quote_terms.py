"""The terms that an accepted quote becomes, in the settings and for drafts, on a real PostgreSQL."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError

from activities.contracts.terms_reader import ContractTermsReader
from activities.quotes import terms
from activities.quotes.terms import QuoteTerms
from models.contracts.quoted_terms import QuotePlace
from models.contracts.tables import ClientInvoiceConfig
from models.contracts.terms import ContractTerms
from models.issuer.tables import IssuerRow, NumberSeries
from models.quotes.conversion.inputs import DealAs, Deposit
from models.quotes.quote.commands import ConvertQuote
from models.quotes.quote.ports import WriteTerms
from models.settings.tables import SettingsHistory
from models.values.failure_codes import Failure
from tests.activities.quotes.conftest import run
from tests.fixtures.quotes import NOW, accepted, content, do, draft, sent
from tests.rules.quotes.test_quote_conversion import of_scenario, support

D = Decimal


@pytest.fixture
def key() -> str:
    return f"APP-{uuid4().hex[:8].upper()}"


@pytest.fixture(autouse=True)
async def issuer(engine: AsyncEngine) -> None:
    row = {"id": 1, "issuer": content().issuer.model_dump(mode="json")}
    async with engine.begin() as connection:
        await connection.execute(insert(IssuerRow).values(row).on_conflict_do_nothing())


def request(key: str, of: Any = None, **fields: Any) -> WriteTerms:
    quote = accepted(sent(draft(of or of_scenario(support()), str(uuid4()))))
    wanted: dict[str, Any] = {"application_key": key, "valid_from": date(2026, 4, 1), "by": "boss"}
    quote = do(quote, ConvertQuote.model_validate(wanted | fields))
    assert quote.conversion is not None
    return WriteTerms(
        key=quote.open_effects[-1].key,
        quote_id=quote.id,
        number="Q-2026-7",
        version=1,
        at=NOW,
        currency="USD",
        conversion=quote.conversion,
    )


async def terms_on(engine: AsyncEngine, key: str, on: str) -> ContractTerms:
    return await ContractTermsReader(engine).terms(key, date.fromisoformat(on))


async def test_prices_become_a_rate_rule_with_its_dates(engine: AsyncEngine, key: str) -> None:
    wanted = request(key)
    receipt = await run(QuoteTerms(engine).write, wanted)
    assert receipt.details["prices"] == "2026-04-01 to 2027-03-31"
    assert await run(QuoteTerms(engine).write, wanted) == receipt
    during = await terms_on(engine, key, "2026-04-30")
    assert during.rate_rule is not None
    assert (during.rate_rule.base_hourly_rate, during.rate_rule.monthly_limit_hours) == (D("50.00"), D("40.00"))
    assert during.quoted.prices is not None
    assert (during.quoted.prices.base_amount, during.quoted.prices.number) == (D("2000.0000"), "Q-2026-7")
    # The lines of the quote are printed as 1 and 2.
    assert {name: each.number for name, each in during.quoted.prices.places.items()} == {"L1": 1, "L2": 2}
    for outside in ("2026-03-31", "2027-04-30"):
        before = await terms_on(engine, key, outside)
        assert (before.rate_rule, before.quoted.prices) == (None, None)
    async with engine.connect() as connection:
        changes = (await connection.execute(
            select(col(SettingsHistory.area), col(SettingsHistory.by), col(SettingsHistory.reason))
            .where(col(SettingsHistory.key) == key)
        )).all()  # fmt: skip
    assert [tuple(each) for each in changes] == [("rate-rules", "boss", "quote Q-2026-7, version 1")]


async def test_a_rule_that_begins_on_the_same_day_is_not_replaced(engine: AsyncEngine, key: str) -> None:
    await run(QuoteTerms(engine).write, request(key))
    second = request(key)
    with pytest.raises(ApplicationError, match="there is a rule from 2026-04-01 already") as refused:
        await run(QuoteTerms(engine).write, second)
    assert (refused.value.type, refused.value.non_retryable) == (Failure.TERMS_REFUSED, True)
    async with engine.connect() as connection:
        found = await connection.scalar(
            text("SELECT count(*) FROM quoted_terms WHERE quote_id = :id"), {"id": second.quote_id}
        )
    assert found == 0


async def test_a_later_quote_has_the_prices_from_its_day(engine: AsyncEngine, key: str) -> None:
    await run(QuoteTerms(engine).write, request(key))
    later = request(key, of_scenario(support(prices={"base_amount": "2500.00"})), valid_from=date(2026, 8, 1))
    await run(QuoteTerms(engine).write, later)
    bases = [(await terms_on(engine, key, on)).quoted.prices for on in ("2026-07-31", "2026-08-31")]
    assert [each.base_amount if each else None for each in bases] == [D("2000.0000"), D("2500.0000")]


async def test_a_schedule_is_due_by_its_days(engine: AsyncEngine, key: str) -> None:
    deposit = Deposit.model_validate({"percent": "30", "deposit_on": "2026-04-10", "rest_on": "2026-06-15"})
    await run(QuoteTerms(engine).write, request(key, content(), deal_as=DealAs.SCHEDULE, schedule=deposit))
    due = {}
    for on in ("2026-03-31", "2026-04-30", "2026-06-30", "2026-07-31"):
        quoted = (await terms_on(engine, key, on)).quoted
        assert all(part.place == QuotePlace(number=1) for each in quoted.scheduled for part in each.parts)
        due[on] = ([each.entry_id for each in quoted.scheduled], quoted.replaces_base)
    assert due == {
        "2026-03-31": ([], None),
        "2026-04-30": (["S1"], "Q-2026-7"),
        "2026-06-30": (["S1", "S2"], "Q-2026-7"),
        # What was missed is still due; the contract's own fixed price counts again.
        "2026-07-31": (["S1", "S2"], None),
    }


async def test_an_unconfigured_contract_gets_a_configuration_for_its_payment_days(
    engine: AsyncEngine, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The series is one of this test, because all tests share the database; nothing else of the terms changes."""
    monkeypatch.setattr(terms, "USUAL_SERIES", key)
    offer = content().model_copy(update={"payment_days": 14})
    wanted = request(key, offer, deal_as=DealAs.SCHEDULE)
    before = await terms_on(engine, key, "2026-03-31")
    with pytest.raises(ApplicationError, match=f"payment_days: .* number series {key}, .* is missing") as refused:
        await run(QuoteTerms(engine).write, wanted)
    assert refused.value.type == Failure.TERMS_REFUSED
    async with engine.begin() as connection:
        await connection.execute(insert(NumberSeries).values(name=key, pattern=f"{key}-{{seq}}", last_number=0))
    await run(QuoteTerms(engine).write, wanted)
    after = await terms_on(engine, key, "2026-03-31")
    assert (before.payment_days, after.payment_days) == (45, 14)
    assert after == before.model_copy(update={"payment_days": 14, "series": key})
    async with engine.connect() as connection:
        history = select(col(SettingsHistory.area), col(SettingsHistory.before), col(SettingsHistory.after))
        [change] = (await connection.execute(history.where(col(SettingsHistory.key) == key))).all()
    assert (change.area, change.before, change.after["payment_days"]) == ("client-config", None, 14)


async def test_the_usual_payment_days_need_no_configuration(engine: AsyncEngine, key: str) -> None:
    await run(QuoteTerms(engine).write, request(key, content(), deal_as=DealAs.SCHEDULE))
    assert (await terms_on(engine, key, "2026-03-31")).payment_days == 45
    async with engine.connect() as connection:
        config = select(ClientInvoiceConfig).where(col(ClientInvoiceConfig.application_key) == key)
        assert (await connection.execute(config)).first() is None


async def test_the_payment_days_of_a_configured_contract_follow(engine: AsyncEngine, key: str) -> None:
    config: dict[str, Any] = {
        "application_key": key, "series": key, "payment_days": 10, "reminder_days": [0], "channel": None,
        "recipients": [], "show_task_list": True, "show_tracked_time": True, "show_task_pricing": False,
        "show_overtime": True, "legal_text": "",
    }  # fmt: skip
    async with engine.begin() as connection:
        await connection.execute(insert(NumberSeries).values(name=key, pattern=f"{key}-{{seq}}", last_number=0))
        await connection.execute(insert(ClientInvoiceConfig).values(config))
    await run(QuoteTerms(engine).write, request(key))
    assert (await terms_on(engine, key, "2026-04-30")).payment_days == 45
