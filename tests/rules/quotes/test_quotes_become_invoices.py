"""An accepted quote and the invoices that it becomes (docs/specification/quotes.md 7)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.documents.formatting import quote_note, row_name
from activities.documents.pages import preview_html
from models.billing.billed_work import BilledWork, OtherInvoice
from models.billing.draft import draft as draft_content
from models.billing.explanation import explain
from models.contracts.contract import Contract, ContractRecords, DealType
from models.contracts.quoted_terms import QuotedPrices, QuotedTerms, ScheduledInvoice, ScheduledPart
from models.contracts.rate_rule import RateRule
from models.contracts.terms import ContractTerms
from models.documents.view import view
from models.invoice.content.content import Content, digest
from models.invoice.content.worklogs import worklogs_of as claims_of
from models.invoice.errors import DraftRefused, InvalidChange
from models.invoice.invoice import Invoice
from models.quotes.calculator.expected_month import MONTH, worklogs_of
from models.quotes.calculator.price import contract_of
from models.quotes.calculator.scenario import Scenario
from models.quotes.conversion.conversion import Conversion
from models.quotes.conversion.inputs import DealAs, Deposit
from models.quotes.conversion.invoiced import invoiced
from models.quotes.conversion.terms import check_contract, conversion_of, dated_rule
from models.quotes.quote.commands import ConvertQuote
from models.quotes.quote.quote import Quote
from models.values.document_options import Toggles
from models.values.period import Period
from tests.fixtures.invoices import customer, new_invoice, terms
from tests.fixtures.quotes import accepted, do, draft, sent, typed
from tests.rules.quotes.scenario_strategies import scenarios
from tests.rules.quotes.test_quote_conversion import STAMP, of_scenario, support

D = Decimal


def converted(quote: Quote, **fields: Any) -> Quote:
    wanted: dict[str, Any] = {"application_key": "APP-001", "valid_from": MONTH.start}
    return do(quote, ConvertQuote.model_validate(wanted | fields))


def quoted_terms(quote: Quote, on: date) -> QuotedTerms:
    """What the settings have of the quote on that day, as activities/contracts/quoted_reader.py reads it."""
    found = quote.conversion
    assert found is not None
    named: dict[str, Any] = {"quote_id": quote.id, "number": quote.display_number or "", "version": quote.version}
    prices = found.prices
    return QuotedTerms(
        prices=QuotedPrices(**named, base_amount=prices.base_amount, lines=prices.lines, places=found.places)
        if prices
        else None,
        scheduled=tuple(
            ScheduledInvoice(
                **named,
                entry_id=each.id,
                name=each.name,
                due_on=each.due_on,
                parts=tuple(
                    ScheduledPart(**part.model_dump(), place=found.places[part.line_id]) for part in each.parts
                ),
            )
            for each in found.schedule
            if each.due_on <= on
        ),
        replaces_base=quote.display_number if found.replaces_base else None,
    )


def agreed(quote: Quote, period: Period, **changes: Any) -> ContractTerms:
    conversion = quote.conversion
    assert conversion is not None
    rule = dated_rule(conversion.prices).rule if conversion.prices else RateRule()
    fields: dict[str, Any] = {"rate_rule": rule, "quoted": quoted_terms(quote, period.end)}
    return terms(**(fields | changes))


def invoice_of(
    quote: Quote, contract: Contract, period: Period = MONTH, *, worked: Any = (), billed: BilledWork | None = None
) -> Content:
    records = ContractRecords(contract=contract, customer=customer(), worklogs=tuple(worked))
    return draft_content(records, agreed(quote, period), period, period.end, billed=billed or BilledWork())


def as_invoice(found: Content, invoice_id: str) -> Invoice:
    return new_invoice(found).model_copy(update={"id": invoice_id})


def contract(deal: DealType = DealType.FP, amount: str = "9999.00", currency: str = "USD") -> Contract:
    found = contract_of(support(), support().prices)
    return found.model_copy(
        update={"deal_type": deal, "deal_amount": D(amount), "currency": currency, "application_key": "APP-001"}
    )


@given(scenarios())
def test_the_first_invoice_has_the_lines_of_the_quote(scenario: Scenario) -> None:
    """For the same hours; whatever base amount the contract has in ClickHouse."""
    bare = scenario.model_copy(update={"costs": (), "tax_percent": D("0.00")})
    offer = of_scenario(bare)
    if offer.totals.total_amount <= 0:
        return
    quote = converted(accepted(sent(draft(offer))))
    other_base = contract_of(bare, bare.prices).model_copy(
        update={"deal_amount": D("1.23"), "invoice_amount": D("4.56"), "hourly_rate": D("7.89")}
    )
    found = invoice_of(quote, other_base, worked=worklogs_of(bare.hours.seconds()))
    billed = [line for line in found.lines if line.billed]
    assert [(line.quantity, line.unit_price, line.rate_multiplier, line.line_total) for line in billed] == [
        (line.quantity, line.unit_price, line.multiplier, line.amount) for line in offer.lines
    ]
    assert found.service.quote is not None
    assert [found.service.quote.lines[line.id] for line in billed] == [line.id for line in offer.lines]


@given(scenarios(), st.integers(1, 5))
def test_invoiced_and_left_are_quoted_and_difference(scenario: Scenario, months: int) -> None:
    bare = scenario.model_copy(update={"costs": (), "tax_percent": D("0.00")})
    offer = of_scenario(bare, typed("Onboarding", "500.00"))
    quote = converted(accepted(sent(draft(offer))))
    found = invoice_of(quote, contract_of(bare, bare.prices), worked=worklogs_of(bare.hours.seconds()))
    invoices = [as_invoice(found, f"i{n}") for n in range(months)]
    sums = invoiced(quote, invoices)
    assert sums.invoiced + sums.left == sums.quoted + sums.difference
    assert all(line.invoiced + line.left == line.quoted + line.difference for line in sums.lines)
    if months <= bare.term_months and months == 1:
        assert sums.difference == 0


def test_more_work_than_quoted_is_a_difference() -> None:
    """Quoted 44 hours: 4 above the limit × 75.00 = 300.00. Worked 50: 10 × 75.00 = 750.00, 450.00 more."""
    quote = converted(accepted(sent(draft(of_scenario(support())))))
    worked = worklogs_of(support(hours={"standard": "50"}).hours.seconds())
    sums = invoiced(quote, [as_invoice(invoice_of(quote, contract(DealType.SUP), worked=worked), "i1")])
    base, overtime = sums.lines
    assert (base.invoiced, base.left, base.difference) == (D("2000.00"), D("22000.00"), D("0.00"))
    assert (overtime.invoiced, overtime.left, overtime.difference) == (D("750.00"), D("3300.00"), D("450.00"))
    assert sums.difference == D("450.00")


def deposit(**changes: Any) -> Deposit:
    fields = {"percent": "30", "deposit_on": "2026-03-10", "rest_on": "2026-05-31"}
    return Deposit.model_validate(fields | changes)


def test_a_schedule_stands_in_place_of_the_fixed_price() -> None:
    quote = converted(accepted(), schedule=deposit())
    march = invoice_of(quote, contract(), Period.month(2026, 3))
    assert [(line.description, line.line_total, line.rule) for line in march.lines] == [
        ("Design: Deposit 30 %", D("300.00"), "QUOTE.scheduled")
    ]
    assert claims_of(march) == {f"quote:{quote.id}:S1"}
    [line] = explain(march).lines
    assert line.agrees
    assert line.inputs["quote"] == "Q-2026-7, version 1, line L1"
    other = OtherInvoice(id="i1", name="ACT-1", period=Period.month(2026, 3), deal_type=DealType.FP)
    taken = BilledWork(worklogs={f"quote:{quote.id}:S1": other})
    with pytest.raises(DraftRefused, match="Nothing of the schedule of quote Q-2026-7"):
        invoice_of(quote, contract(), Period.month(2026, 4), billed=taken)


def test_an_entry_that_was_missed_is_invoiced_by_the_next_month() -> None:
    quote = converted(accepted(), schedule=deposit())
    june = invoice_of(quote, contract(), Period.month(2026, 6))
    assert [line.line_total for line in june.lines] == [D("300.00"), D("700.00")]


def test_an_entry_can_be_invoiced_on_its_day() -> None:
    quote = converted(accepted(), schedule=deposit())
    day = date(2026, 3, 10)
    found = invoice_of(quote, contract(), Period(start=day, end=day))
    assert found.totals.total_amount == D("300.00")
    sums = invoiced(quote, [as_invoice(found, "i1")])
    assert (sums.invoiced, sums.left, sums.difference) == (D("300.00"), D("700.00"), D("0.00"))
    assert [(each.entry_id, each.invoice is not None) for each in sums.entries] == [("S1", True), ("S2", False)]


def test_beside_a_support_contract_a_schedule_is_added() -> None:
    quote = converted(accepted(sent(draft(of_scenario(support(), typed("Onboarding", "500.00"))))))
    found = invoice_of(quote, contract(DealType.SUP), worked=worklogs_of(support().hours.seconds()))
    assert [(line.rule, line.line_total) for line in found.lines if line.billed] == [
        ("SUP.base", D("2000.00")),
        ("SUP.overtime", D("300.00")),
        ("QUOTE.scheduled", D("500.00")),
    ]


def test_what_the_page_says_of_the_quote_is_in_the_digest() -> None:
    """In drafts of older releases it is on no page and in no digest, and neither is the new field in their JSON."""
    quote = converted(accepted(sent(draft(of_scenario(support())))))
    found = invoice_of(quote, contract(DealType.SUP), worked=worklogs_of(support().hours.seconds()))
    assert found.service.quote is not None
    assert digest(found, "INV-1") != digest(found.with_service(quote=None), "INV-1")
    old = found.with_service(names_quote=False)
    assert digest(old, "INV-1") == digest(old.with_service(quote=None), "INV-1") != digest(found, "INV-1")
    assert "names_quote" not in old.model_dump_json()
    plain = invoice_of(quote, contract(DealType.SUP), Period.month(2020, 1))
    assert "names_quote" not in plain.with_service(quote=None, names_quote=False).model_dump_json()


def test_the_page_names_the_quote_and_the_printed_number_of_the_line() -> None:
    """The base is line 1; of the two options the second one was taken, beside the onboarding, which is line 3."""
    options = (typed("Audit", "50.00", optional=True), typed("Training", "250.00", optional=True))
    offer = of_scenario(support(), *options, typed("Onboarding", "500.00"))
    training = next(line.id for line in offer.lines if line.description == "Training")
    quote = converted(accepted(sent(draft(offer)), options=(training,)))
    found = invoice_of(quote, contract(DealType.SUP), worked=worklogs_of(support().hours.seconds()))
    page = view(found, "INV-1")
    assert [(each.number, each.version) for each in page.quotes] == [("Q-2026-7", 1)]
    notes = {row_name(row, "", found.period, "en"): quote_note(row, "en") for row in page.billed.rows}
    assert list(notes.values()) == [
        "quote Q-2026-7, line 1", "quote Q-2026-7, line 2", "quote Q-2026-7, option 2", "quote Q-2026-7, line 3",
    ]  # fmt: skip
    assert quote_note(page.billed.rows[2], "ru") == "предложение Q-2026-7, дополнение 2"
    html = preview_html(found, "INV-1")
    assert '<div class="key">Quote</div><div class="value">Q-2026-7</div>' in html
    assert "quote Q-2026-7, option 2" in html
    # The base and the overtime in one row are two lines of the quote.
    lump = found.model_copy(update={"toggles": Toggles(show_overtime=False)})
    assert quote_note(view(lump, "INV-1").billed.rows[0], "en") == ""
    old = found.with_service(names_quote=False)
    page = view(old, "INV-1")
    assert (page.quotes, {quote_note(row, "en") for row in page.billed.rows}) == ((), {""})


@pytest.mark.parametrize(("changes", "deal", "currency", "field"), [
    ({}, DealType.HR, "USD", "application_key"),
    ({}, DealType.SUP, "EUR", "application_key"),
    ({"deal_as": DealAs.SCHEDULE}, DealType.SUP, "USD", "deal_as"),
])  # fmt: skip
def test_a_contract_that_does_not_fit_is_refused(
    changes: dict[str, Any], deal: DealType, currency: str, field: str
) -> None:
    wanted = ConvertQuote(application_key="APP-001", valid_from=MONTH.start, **changes)
    with pytest.raises(InvalidChange, match=f"^{field}"):
        check_contract(of_scenario(support()), wanted, contract(deal, currency=currency))


def test_a_withdrawn_invoice_frees_what_it_had() -> None:
    quote = converted(accepted(), schedule=deposit())
    found = as_invoice(invoice_of(quote, contract(), Period.month(2026, 3)), "i1")
    gone = found.model_copy(update={"status": "discarded"})
    assert invoiced(quote, [gone]).left == D("1000.00")


def test_the_term_of_prices_ends_the_day_before_the_same_day() -> None:
    wanted = ConvertQuote(application_key="APP-001", valid_from=date(2026, 1, 31))
    found: Conversion = conversion_of(of_scenario(support(term_months=1)), wanted, STAMP)
    assert found.prices is not None
    assert found.prices.valid_to == date(2026, 2, 28) - timedelta(days=1)
