"""KPIs and the amounts of partner invoices (docs/specification/kpi.md 4)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.billing.partner_draft import OrdersRefused, partner_draft, unpriced
from models.documents.partner_view import partner_view
from models.invoice.commands import Finalize
from models.invoice.content.basis import OrderSource, PartnerBasis
from models.invoice.content.lines import LineType
from models.invoice.errors import Refused
from models.invoice.preconditions import check
from models.invoice.status import Kind
from models.issuer.issuer import TaxRate
from models.partners.dockets.docket import Docket, DocketState
from models.partners.kpi.rule import KpiRule, KpiRuleInput
from models.partners.kpi.target import KpiTarget
from models.partners.order_type import OrderType
from models.partners.orders.order import Blocker, Order
from models.partners.terms import PartnerTerms
from tests.fixtures.invoices import NOW, new_invoice
from tests.fixtures.partner_invoices import INVOICED_ON, material, order, partner_content, partner_terms, rate

MIDNIGHT = datetime(2026, 3, 9, 16, tzinfo=UTC)  # in Kuala Lumpur
SET_OUT = datetime(2026, 3, 10, 4, tzinfo=UTC)
FROM = date(2026, 1, 1)
AN_HOUR = KpiTarget(id="default.any.any.2026-01-01", minutes=60, valid_from=FROM)
SST = TaxRate(code="SST", rate=Decimal("0.08"), valid_from=date(2024, 3, 1))


def rule(**fields: Any) -> KpiRule:
    made = KpiRuleInput.model_validate({"partner": "TIME", "valid_from": FROM, **fields})
    return made.rule(made.key)


def with_rules(*rules: KpiRule, terms: PartnerTerms | None = None) -> PartnerTerms:
    return (terms or partner_terms()).model_copy(update={"kpi_rules": rules, "kpi_targets": (AN_HOUR,)})


def job(minutes: int, key: str = "ORD-1", **changes: Any) -> Order:
    times = {"on_the_way_at": SET_OUT, "completed_at": SET_OUT + timedelta(minutes=minutes)}
    return order(key, **(times | changes))


MOMENTS = st.integers(0, 24 * 60 - 1).map(lambda n: MIDNIGHT + timedelta(minutes=n))
BLOCKERS = st.lists(st.tuples(MOMENTS, MOMENTS), max_size=4).map(
    lambda times: tuple(
        Blocker(id=f"B{n}", reason="rain", opened_at=opened, opened_by="ravi", closed_at=closed, closed_by="ravi")
        for n, (opened, closed) in enumerate(times)
    )
)


@st.composite
def portal_times(draw: st.DrawFn) -> dict[str, Any]:
    """Times in the portal, with the completion on the same day, which chooses rate and tax."""
    return {
        "on_the_way_at": draw(st.none() | MOMENTS),
        "met_customer_at": draw(st.none() | MOMENTS),
        "completed_at": draw(MOMENTS),
        "blockers": draw(BLOCKERS),
        "docket": draw(
            st.none() | MOMENTS.map(lambda at: Docket(number="D-1", state=DocketState.DOCKET_RECEIVED, received_at=at))
        ),
    }


OTHERS = (
    (),
    (rule(partner="CELCOM", late_penalty="50"),),
    (rule(order_type="assurance", exceeded_penalty="50"),),
    (rule(on_time_bonus="50", active=False),),
    (rule(on_time_bonus="50", valid_from=date(2026, 3, 11)),),
    (rule(on_time_bonus="50", valid_to=date(2026, 3, 9)),),
)


@given(st.lists(st.tuples(portal_times(), portal_times()), min_size=1, max_size=4), st.sampled_from(OTHERS))
def test_without_a_rule_no_kpi_touches_the_content(
    times: list[tuple[dict[str, Any], dict[str, Any]]], rules: tuple[KpiRule, ...]
) -> None:
    """Whatever the portal times are, the whole content is equal; rules of others, or of other days, are none."""
    terms = with_rules(*rules, terms=partner_terms(taxes=(SST,), tax_code="SST"))
    used = [material("12.50")]
    first, second = (
        [order(f"ORD-{n}", materials=used, **pair[each]) for n, pair in enumerate(times)] for each in (0, 1)
    )
    content = partner_draft(terms, first, INVOICED_ON, "amina")
    assert content == partner_draft(terms, second, INVOICED_ON, "amina")
    assert content == partner_draft(partner_terms(taxes=(SST,), tax_code="SST"), first, INVOICED_ON, "amina")
    assert all(line.line_type is not LineType.KPI for line in content.lines)


@pytest.mark.parametrize(
    ("minutes", "fields", "expected"),
    [
        (48, {"on_time_bonus": "5"}, "5.00"),
        (49, {"on_time_bonus": "5"}, None),
        (49, {"late_penalty": "7.50", "exceeded_penalty": "20"}, "-7.50"),
        (61, {"late_penalty": "7.50", "exceeded_penalty": "20"}, "-20.00"),
        (48, {"late_penalty": "7.50", "exceeded_penalty": "20"}, None),
        (61, {"unit": "percent", "exceeded_penalty": "10"}, "-7.50"),  # of 75.00
        (61, {"unit": "percent", "exceeded_penalty": "3.33"}, "-2.50"),  # 2.4975
        (61, {"unit": "percent", "exceeded_penalty": "0.01"}, "-0.01"),  # 0.0075
        (61, {"unit": "percent", "exceeded_penalty": "0.0010"}, None),  # 0.00075 is 0.00
    ],
)
def test_a_rule_gives_the_order_a_line_of_its_own(minutes: int, fields: dict[str, Any], expected: str | None) -> None:
    """A target of 60 minutes: above 48 is late, above 60 exceeded."""
    content = partner_content(job(minutes), terms=with_rules(rule(**fields)))
    lines = [line for line in content.lines if line.line_type is LineType.KPI]
    assert [line.line_total for line in lines] == ([] if expected is None else [Decimal(expected)])
    assert all(line.rule == "kpi" and line.unit_price == line.line_total and line.quantity == 1 for line in lines)
    assert all(isinstance(line.source, OrderSource) and line.source.order_key == "ORD-1" for line in lines)
    assert content.totals.total_amount == 75 + Decimal(expected or 0)


def test_a_rule_of_the_type_comes_before_that_of_every_type() -> None:
    terms = with_rules(rule(exceeded_penalty="10"), rule(order_type="activation", exceeded_penalty="20"))
    orders = (job(90), job(90, "ORD-2", order_type=OrderType.ASSURANCE))
    assert [line.line_total for line in partner_content(*orders, terms=terms).lines] == [75, -20, 80, -10]


@given(st.lists(st.tuples(st.integers(0, 200), st.booleans()), min_size=1, max_size=12))
def test_the_document_adds_up_with_kpis_and_materials(jobs: list[tuple[int, bool]]) -> None:
    """On time 2.5 % of 80.05 is 2.00; late costs 5 %, 4.00, and exceeded 12.5 %, 10.01. Materials are 0.35."""
    terms = with_rules(
        rule(unit="percent", on_time_bonus="2.5", late_penalty="5", exceeded_penalty="12.5"),
        terms=partner_terms(rate("80.05")),
    )
    orders = [
        job(minutes, f"ORD-{n}", materials=[material("0.35")] if used else []) for n, (minutes, used) in enumerate(jobs)
    ]
    impacts = [Decimal(2) if m <= 48 else Decimal(-4) if m <= 60 else Decimal("-10.01") for m, _ in jobs]
    expected = sum(Decimal("80.05") + Decimal("0.35") * used for _, used in jobs) + sum(impacts)
    content = partner_content(*orders, terms=terms)
    assert content.totals.total_amount == expected
    assert [line.id for line in content.lines] == [f"L{n}" for n in range(1, len(content.lines) + 1)]
    assert len({line.identity for line in content.lines}) == len(content.lines)
    assert isinstance(content.basis, PartnerBasis)
    shown = partner_view(content, content.basis)
    assert (shown.total, [group.jobs for group in shown.groups]) == (expected, [len(jobs)])


def test_the_row_of_a_kpi_says_what_it_is_for() -> None:
    content = partner_content(job(75), terms=with_rules(rule(exceeded_penalty="10")))
    assert isinstance(content.basis, PartnerBasis)
    [group] = partner_view(content, content.basis).groups
    assert [(row.description, row.amount) for row in group.rows][1] == (
        "KPI penalty for TBBNRD-1: 75 minutes, target 60",
        Decimal(-10),
    )


def test_the_tax_is_computed_on_what_remains() -> None:
    """75.00 - 10.00 = 65.00, and 8 % of it are 5.20."""
    terms = with_rules(rule(exceeded_penalty="10"), terms=partner_terms(taxes=(SST,), tax_code="SST"))
    totals = partner_content(job(75), terms=terms).totals
    assert [totals.net_amount, totals.tax_amount, totals.total_amount] == [65, Decimal("5.20"), Decimal("70.20")]


def test_a_draft_below_zero_is_not_finalised() -> None:
    """75.00 - 100.00."""
    content = partner_content(job(75), terms=with_rules(rule(exceeded_penalty="100")))
    assert content.totals.total_amount == -25
    draft = new_invoice(kind=Kind.PARTNER).model_copy(update={"content": content})
    with pytest.raises(Refused, match="total"):
        check(draft, Finalize(by="amina"), NOW)


def test_an_order_that_a_rule_cannot_score_is_refused_with_its_reason() -> None:
    terms = with_rules(rule(exceeded_penalty="10"))
    orders = (job(50), job(50, "ORD-2", on_the_way_at=None), job(50, "ORD-3", category=None, on_the_way_at=None))
    with pytest.raises(OrdersRefused) as refused:
        partner_draft(terms, orders, INVOICED_ON, "amina")
    assert [(each.order_key, each.code) for each in refused.value.obstacles] == [
        ("ORD-2", "kpi_no_times"),
        ("ORD-3", "rate_no_category"),
        ("ORD-3", "kpi_no_times"),
    ]
    no_target = terms.model_copy(update={"kpi_targets": ()})
    assert [each.code for each in unpriced(no_target, orders[:1])] == ["kpi_no_target"]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({}, "exceeded_penalty"),
        ({"late_penalty": "-1"}, "late_penalty"),
        ({"unit": "percent", "on_time_bonus": "100.01"}, "on_time_bonus"),
        ({"unit": "hours", "on_time_bonus": "1"}, "unit"),
    ],
)
def test_a_rule_that_is_not_valid_is_refused(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(ValidationError, match=path):
        rule(**fields)
