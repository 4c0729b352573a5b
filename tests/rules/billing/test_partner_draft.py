"""The draft of a partner invoice: lines, rates, taxes, and orders that cannot be priced."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.billing.partner_draft import OrdersRefused, partner_draft
from models.documents.partner_view import partner_view
from models.invoice.content.basis import OrderSource, PartnerBasis
from models.invoice.content.lines import LineType
from models.invoice.errors import DraftRefused
from models.issuer.issuer import TaxRate
from models.partners.order_type import OrderType
from models.values.money import Currency
from tests.fixtures.partner_invoices import INVOICED_ON, material, order, partner_content, partner_terms, rate

SST_6 = TaxRate(code="SST", rate=Decimal("0.06"), valid_from=date(2018, 9, 1), valid_to=date(2024, 2, 29))
SST_8 = TaxRate(code="SST", rate=Decimal("0.08"), valid_from=date(2024, 3, 1))


def test_one_activation_costs_75_ringgit() -> None:
    content = partner_content()
    [line] = content.lines
    assert (line.line_total, content.totals.total_amount, content.currency) == (Decimal(75), Decimal(75), Currency.MYR)
    assert isinstance(line.source, OrderSource)
    assert (line.source.service_id, line.source.work_type, line.source.building) == (
        "TBBNRD-1",
        "Activation",
        "Sunway Tower",
    )
    assert line.source.completed_on == date(2026, 3, 10)
    assert content.basis == PartnerBasis(
        partner_key="TIME",
        order_keys=("ORD-1",),
        work_type="Activation",
        period=content.period,
        partner_name="TIME dotCom Berhad",
        prepared_by="amina",
    )
    assert (content.payment_days, content.series, content.issuer.zone) == (45, "TIME", "Asia/Kuala_Lumpur")


def test_the_day_of_completion_is_that_of_the_partner() -> None:
    """17:00 UTC on the 10th is the 11th in Kuala Lumpur."""
    content = partner_content(order(completed_at=datetime(2026, 3, 10, 17, 0, tzinfo=UTC)))
    assert content.period.start == date(2026, 3, 11)


def test_charged_materials_have_a_line_of_their_own() -> None:
    """2 x 12.50 = 25.00, and 75.00 for the job."""
    content = partner_content(order(materials=[material("12.50", "2"), material(None)]))
    assert [(line.line_type, line.line_total) for line in content.lines] == [
        (LineType.JOB, Decimal(75)),
        (LineType.MATERIALS, Decimal("25.00")),
    ]
    assert content.totals.total_amount == 100


def test_orders_are_grouped_by_work_type_with_sub_totals() -> None:
    """Two activations at 75 and one assurance job at 80."""
    orders = (order("ORD-2", order_type=OrderType.ASSURANCE), order("ORD-3"), order("ORD-1"))
    content = partner_content(*orders)
    assert isinstance(content.basis, PartnerBasis)
    shown = partner_view(content, content.basis)
    assert [(group.work_type, group.jobs, group.amount) for group in shown.groups] == [
        ("Activation", 2, Decimal(150)),
        ("Assurance", 1, Decimal(80)),
    ]
    assert content.basis.order_keys == ("ORD-1", "ORD-3", "ORD-2")
    assert shown.total == 230


def test_the_tax_is_that_of_the_day_of_completion() -> None:
    """8 % of 75.00 is 6.00 since March 2024; it was 6 %, 4.50, before."""
    terms = partner_terms(rate("75", valid_from="2020-01-01"), taxes=(SST_6, SST_8), tax_code="SST")
    assert partner_content(terms=terms).totals.tax_amount == 6
    before = order(completed_at=datetime(2024, 2, 29, 15, 59, tzinfo=UTC))
    after = order("ORD-2", completed_at=datetime(2024, 2, 29, 16, 0, tzinfo=UTC))
    assert partner_content(before, terms=terms).totals.tax_amount == Decimal("4.50")
    assert partner_content(after, terms=terms).totals.tax_amount == 6
    with pytest.raises(DraftRefused, match=r"ORD-1.*ORD-2"):
        partner_content(before, after, terms=terms)


def test_every_order_without_a_rate_is_named() -> None:
    orders = (order("ORD-1", category=None), order("ORD-2"), order("ORD-3", order_type=OrderType.SDU))
    with pytest.raises(OrdersRefused) as refused:
        partner_draft(partner_terms(), orders, INVOICED_ON, "amina")
    assert [(each.order_key, each.code) for each in refused.value.obstacles] == [
        ("ORD-1", "rate_no_category"),
        ("ORD-3", "rate_no_row"),
    ]


@given(st.lists(st.tuples(st.sampled_from(["75", "80.05", "330"]), st.integers(0, 5)), min_size=1, max_size=20))
def test_the_total_is_the_sum_of_rates_and_materials(jobs: list[tuple[str, int]]) -> None:
    """Materials cost 0.35 each; a sum of rounded lines can be checked with a calculator."""
    methods = {"75": "A", "80.05": "B", "330": "C"}
    terms = partner_terms(*(rate(amount, method=method) for amount, method in methods.items()))
    orders = [
        order(f"ORD-{n}", method=methods[amount], materials=[material("0.35", str(count))] if count else [])
        for n, (amount, count) in enumerate(jobs)
    ]
    expected = sum(Decimal(amount) + Decimal("0.35") * count for amount, count in jobs)
    content = partner_content(*orders, terms=terms)
    assert content.totals.total_amount == expected
    assert isinstance(content.basis, PartnerBasis)
    assert partner_view(content, content.basis).total == expected
