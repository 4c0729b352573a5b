"""The discount of a whole quote: its totals, its shares, and the invoices (docs/specification/quotes.md 4.6)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.invoice.errors import InvalidChange
from models.issuer.issuer import TaxRate
from models.quotes.calculator.scenario import Scenario
from models.quotes.content.content import QuoteContent, digest, numbered
from models.quotes.content.discount import QuoteDiscount, explained_discount
from models.quotes.conversion.inputs import DealAs
from models.quotes.conversion.invoiced import invoiced
from models.quotes.conversion.preview import conversion_preview
from models.quotes.conversion.terms import conversion_of
from models.quotes.document import quote_view
from models.quotes.quote.commands import ConvertQuote, EditQuote
from models.values.money import Currency
from tests.fixtures.quotes import accepted, content, do, draft, sent, typed
from tests.rules.quotes.scenario_strategies import scenarios
from tests.rules.quotes.test_quote_conversion import SCHEDULES, STAMP, of_scenario, support

D = Decimal


def off(**fields: Any) -> QuoteDiscount:
    return QuoteDiscount.model_validate({"label": "Long-standing client"} | fields)


def discounted(*lines: Any, tax: TaxRate | None = None, **fields: Any) -> QuoteContent:
    return content(*lines, discount=off(**fields), tax=tax)


def tax(*, included: bool = False) -> TaxRate:
    return TaxRate(code="VAT", rate=D("0.12"), valid_from=date(2020, 1, 1), included=included)


def edit(quote: Any, **fields: Any) -> Any:
    return do(quote, EditQuote.model_validate({"expected_revision": quote.revision, **fields}))


def test_a_percentage_is_taken_of_the_sum_and_the_tax_of_the_rest() -> None:
    """333.33 + 666.67 + 0.05 = 1,000.05; 10 % are 100.005, so 100.01; 900.04 × 12 % = 108.0048, so 108.00."""
    found = discounted(typed(price="333.33"), typed(price="666.67"), typed(price="0.05"), percent="10", tax=tax())
    sums = found.totals
    assert (sums.list_amount, sums.discount, sums.quote_discount) == (D("1000.05"), D("0.00"), D("100.01"))
    assert (sums.net_amount, sums.tax_amount, sums.total_amount) == (D("900.04"), D("108.00"), D("1008.04"))
    # 100.01 × 333.33 / 1,000.05 = 33.3347; up to the second line 100.01 × 1,000.00 / 1,000.05 = 100.004999…, so 100.00.
    assert found.discount_shares == {"L1": D("33.33"), "L2": D("66.67"), "L3": D("0.01")}


def test_a_tax_that_is_contained_is_that_of_the_rest() -> None:
    """1,120.00 − 112.00 = 1,008.00 is the total; 1,008.00 / 1.12 = 900.00 is net."""
    sums = discounted(typed(price="1120.00"), percent="10", tax=tax(included=True)).totals
    assert (sums.total_amount, sums.net_amount, sums.tax_amount) == (D("1008.00"), D("900.00"), D("108.00"))


def test_an_amount_is_divided_in_proportion_to_the_lines() -> None:
    """100.00 off 600.00 and 300.00: 66.67 and 33.33. The line's own 50 % come first: 1,200.00 are 600.00."""
    found = discounted(typed(price="1200.00", discount_percent="50"), typed(price="300.00"), amount="100.00")
    assert found.discount_shares == {"L1": D("66.67"), "L2": D("33.33")}
    assert (found.totals.discount, found.totals.quote_discount) == (D("600.00"), D("100.00"))
    assert found.totals.total_amount == D("800.00")
    assert found.discount is not None
    explained = explained_discount(found.lines, found.discount, Currency.USD)
    assert explained.formula == "100.00 off 900.00"
    assert [(each.share, each.charged) for each in explained.shares] == [
        (D("66.67"), D("533.33")),
        (D("33.33"), D("266.67")),
    ]


def test_an_option_carries_its_part_when_it_is_chosen() -> None:
    """10 % of 1,000.00, then of 1,250.00."""
    offer = discounted(typed(), typed("Training", "250.00", optional=True), percent="10")
    assert (offer.totals.total_amount, offer.totals.optional_amount) == (D("900.00"), D("250.00"))
    quote = accepted(sent(draft(offer)), options=("L2",))
    assert quote.accepted is not None
    assert quote.accepted.total_amount == D("1125.00")


def test_prices_of_a_contract_carry_none() -> None:
    """Of 27,600.00 in prices and 500.00 for the onboarding 10 % are 50.00."""
    offer = of_scenario(support(), typed("Onboarding", "500.00")).model_copy(update={"discount": off(percent="10")})
    assert (offer.totals.quote_discount, offer.totals.total_amount) == (D("50.00"), D("28050.00"))
    quote = do(accepted(sent(draft(offer))), ConvertQuote(application_key="APP-001", valid_from=date(2026, 4, 1)))
    assert quote.conversion is not None
    assert quote.conversion.prices is not None
    assert quote.conversion.prices.base_amount == D("2000.00")
    [entry] = quote.conversion.schedule
    assert (entry.amount, entry.parts[0].description) == (D("450.00"), "Onboarding (discount: Long-standing client)")
    view = quote_view(offer, None, 1)
    assert view.discount is not None
    assert (view.discount.base, view.discount.percent) == (D("500.00"), D("10.00"))
    assert sum(line.quoted for line in invoiced(quote, []).lines) == D("28050.00")


LINES = st.lists(st.decimals(D("0.01"), D("999999"), places=2).map(str), min_size=1, max_size=6)
PERCENTS = st.decimals(D("0.01"), D("100"), places=2).map(str)


@given(LINES, PERCENTS, st.integers(1, 7), st.sampled_from([None, False, True]))
def test_the_lines_less_the_discount_are_the_totals_and_the_schedule(
    prices: list[str], percent: str, times: int, included: bool | None
) -> None:
    """Whatever the schedule, its entries add up to what the quote charges, and those of a line to its part of it."""
    offered_tax = tax(included=included) if included is not None else None
    offer = discounted(*(typed("Work", each, times=times) for each in prices), percent=percent, tax=offered_tax)
    sums, shares = offer.totals, offer.discount_shares
    charged = sum(line.total for line in offer.lines) - sums.quote_discount
    assert sum(shares.values(), D("0.00")) == sums.quote_discount
    assert charged == (sums.total_amount if included else sums.net_amount)
    assert sums.net_amount + sums.tax_amount == sums.total_amount
    assert quote_view(offer, None, 1).totals == sums
    for wish in (None, {"kind": "monthly", "first_on": "2026-04-01", "months": 3}):
        schedule = SCHEDULES.validate_python(wish) if wish else None
        wanted = ConvertQuote(
            application_key="APP-001", valid_from=date(2026, 4, 1), deal_as=DealAs.SCHEDULE, schedule=schedule
        )
        if sums.total_amount <= 0:
            continue
        converted = do(accepted(sent(draft(offer))), wanted).conversion
        assert converted is not None
        assert sum(entry.amount for entry in converted.schedule) == charged
        for line in offer.lines:
            parts = [part.amount for entry in converted.schedule for part in entry.parts if part.line_id == line.id]
            assert sum(parts) == line.total - shares.get(line.id, D("0.00"))
            assert max(parts) - min(parts) <= D("0.02")


@given(LINES, st.decimals(D("0.01"), D("999999"), places=2))
def test_no_share_is_more_than_its_line(prices: list[str], amount: Decimal) -> None:
    offer = discounted(*(typed("Work", each) for each in prices), amount=str(amount))
    assert offer.totals.total_amount >= 0
    for line in offer.lines:
        assert 0 <= offer.discount_shares.get(line.id, D("0.00")) <= line.total


@given(LINES, st.data())
def test_milestones_of_amounts_have_exactly_these_amounts(prices: list[str], data: st.DataObject) -> None:
    offer = discounted(*(typed("Work", each) for each in prices), percent="7.5")
    charged = offer.totals.total_amount
    first = data.draw(st.decimals(D("0.01"), max(charged - D("0.02"), D("0.01")), places=2))
    if first >= charged:
        return
    amounts = [first, charged - first]
    milestones = [{"name": str(n), "amount": str(each), "on": "2026-04-30"} for n, each in enumerate(amounts)]
    wanted = ConvertQuote.model_validate(
        {
            "application_key": "APP-001",
            "valid_from": "2026-04-01",
            "schedule": {"kind": "milestones", "milestones": milestones},
        }
    )
    converted = do(accepted(sent(draft(offer))), wanted).conversion
    assert converted is not None
    assert [entry.amount for entry in converted.schedule] == amounts
    for line in offer.lines:
        parts = [part.amount for entry in converted.schedule for part in entry.parts if part.line_id == line.id]
        assert sum(parts) == line.total - offer.discount_shares.get(line.id, D("0.00"))
        assert min(parts) >= 0


@given(scenarios(), PERCENTS, st.sampled_from(DealAs), st.booleans())
def test_what_a_quote_becomes_has_the_total_of_the_quote(
    scenario: Scenario, percent: str, deal_as: DealAs, taxed: bool
) -> None:
    """Prices + schedule + tax = total, whatever becomes what."""
    bare = scenario.model_copy(update={"costs": (), "tax_percent": D("0.00")})
    offer = of_scenario(bare, typed("Onboarding", "500.00", times=3), typed("Audit", "33.00"))
    changes = {"discount": off(percent=percent), "tax": tax() if taxed else None}
    offer = offer.model_copy(update=changes)
    wanted = ConvertQuote(application_key="APP-001", valid_from=date(2026, 4, 1), deal_as=deal_as)
    found = conversion_preview(offer, wanted)
    assert found.difference == 0
    assert found.total == offer.totals.total_amount
    conversion = conversion_of(offer, wanted, STAMP)
    assert (found.schedule, found.prices) == (conversion.schedule, conversion.prices)
    assert (
        found.fingerprint != conversion_preview(offer, wanted.model_copy(update={"application_key": "B"})).fingerprint
    )


def test_a_currency_without_minor_units_is_divided_into_whole_units() -> None:
    """10 % of 1,005 JPY are 100.5, so 101; 904 in three months: 301 + 302 + 301 (301.33, 602.67, 904)."""
    line = typed("Work", "1005").line(Currency.JPY)
    offer = discounted(percent="10").model_copy(update={"currency": Currency.JPY, "lines": numbered([line])})
    assert (offer.totals.quote_discount, offer.totals.total_amount) == (D("101"), D("904"))
    monthly = SCHEDULES.validate_python({"kind": "monthly", "first_on": "2026-04-01", "months": 3})
    wanted = ConvertQuote(application_key="APP-001", valid_from=date(2026, 4, 1), schedule=monthly)
    assert [each.amount for each in conversion_preview(offer, wanted).schedule] == [D("301"), D("302"), D("301")]


def test_milestones_that_do_not_add_up_to_the_quote_are_refused() -> None:
    """Of 1,000.00 less 10 % there are 900.00."""
    quote = accepted(sent(draft(discounted(percent="10"))))
    wanted = ConvertQuote.model_validate(
        {
            "application_key": "APP-001",
            "valid_from": "2026-04-01",
            "schedule": {"kind": "milestones", "milestones": [{"name": "All", "amount": "1000", "on": "2026-04-30"}]},
        }
    )
    with pytest.raises(InvalidChange, match=r"^schedule.milestones: the amounts add up to 1000.00; .* to 900.00"):
        do(quote, wanted)


@pytest.mark.parametrize(("milestones", "message"), [
    ([{"percent": "50", "amount": "5"}], "percent or amount, and not both"),
    ([{"percent": "50"}, {"amount": "5"}], "give all of them percentages"),
    ([{}], "percent or amount"),
])  # fmt: skip
def test_a_milestone_has_a_percentage_or_an_amount(milestones: list[dict[str, str]], message: str) -> None:
    rows = [{"name": "Part", "on": "2026-04-30", **each} for each in milestones]
    with pytest.raises(ValidationError, match=message):
        SCHEDULES.validate_python({"kind": "milestones", "milestones": rows})


@pytest.mark.parametrize(("fields", "message"), [
    ({}, "percent or amount"),
    ({"percent": "10", "amount": "10"}, "percent or amount"),
    ({"percent": "0"}, "above 0"),
    ({"percent": "101"}, "100"),
    ({"percent": "5", "label": ""}, "label"),
])  # fmt: skip
def test_a_discount_is_a_percentage_or_an_amount_with_a_reason(fields: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        off(**fields)


@pytest.mark.parametrize(("of", "discount", "message"), [
    (content(), {"amount": "1000.01"}, "discount.amount: 1000.01 is more than 1000.00"),
    (content(typed(optional=True)), {"amount": "1.00"}, "discount.amount: 1.00 is more than 0.00"),
    (content(), {"amount": "0.0010"}, "discount.amount: .*2 decimal places"),
    (of_scenario(support()), {"percent": "10"}, "discount.label: every line of the quote is a price of a contract"),
])  # fmt: skip
def test_a_discount_that_no_line_can_carry_is_refused(of: QuoteContent, discount: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidChange, match=message):
        edit(draft(of), discount={"label": "Because", **discount})


def test_an_edit_gives_changes_and_takes_away_the_discount() -> None:
    quote = edit(draft(), discount={"percent": "10", "label": "Spring"})
    assert quote.journal[-1].changes == {
        "discount": (None, "Spring: 10 %"),
        "total": ("1000.00", "900.00"),
    }
    same = edit(quote, title="Another title")
    assert same.content.discount == quote.content.discount
    with pytest.raises(InvalidChange, match=r"^discount.amount"):
        edit(edit(quote, discount={"amount": "600", "label": "Spring"}), lines=[{"typed": typed(price="500.00")}])
    gone = edit(quote, remove_discount=True)
    assert gone.content == draft().content
    with pytest.raises(InvalidChange, match=r"^remove_discount"):
        edit(quote, remove_discount=True, discount={"percent": "10", "label": "Spring"})


def test_a_quote_without_a_discount_keeps_its_digest() -> None:
    """The field is not in the JSON, over which the digest of a sent version was computed."""
    assert "discount" not in content().model_dump()
    one, other = content(), discounted(percent="10")
    assert digest(one, "Q-1", 1) != digest(other, "Q-1", 1)
    assert QuoteContent.model_validate_json(other.model_dump_json()) == other
