"""What an invoice of orders would say, and why orders cannot be on it. The prices are those of the fixtures."""

from datetime import date
from decimal import Decimal

from models.billing.explanation import explain
from models.billing.order_readiness import NO_TERMS, UNKNOWN, draft_preview, readiness, without_terms
from models.issuer.issuer import TaxRate
from models.partners.orders.order import Blocker
from models.partners.readiness import ObstacleCode
from tests.fixtures.orders import MATERIAL
from tests.fixtures.orders import order as ready_order
from tests.fixtures.partner_invoices import (
    COMPLETED,
    INVOICED_ON,
    material,
    order,
    partner_content,
    partner_terms,
    rate,
)


def test_a_ready_order_has_the_amounts_of_its_lines() -> None:
    """75.00 for the activation and 2 x 12.50 for the charged material."""
    found = readiness(partner_terms(), ready_order(materials=[MATERIAL, material("12.50", "2")]), INVOICED_ON)
    assert found.is_ready
    assert found.amounts is not None
    assert [str(each) for each in (found.amounts.job, found.amounts.materials, found.amounts.total)] == [
        "75.00",
        "25.00",
        "100.00",
    ]
    assert found.rate_id == "rate-75"


def test_every_reason_is_named() -> None:
    blocked = Blocker(id="B1", reason="no power", opened_at=COMPLETED, opened_by="lena")
    found = readiness(partner_terms(), order(splitter_port=None, category=None, blockers=(blocked,)), INVOICED_ON)
    assert not found.is_ready
    assert found.amounts is None
    assert {each.code for each in found.obstacles} == {
        ObstacleCode.DOCKET_NOT_VALIDATED,
        ObstacleCode.SPLITTER_PORT_MISSING,
        ObstacleCode.OPEN_BLOCKER,
        "rate_no_category",
    }


def test_without_settings_nothing_is_ready() -> None:
    found = without_terms(order(), "There is no partner TIME.")
    assert [(each.code, each.message) for each in found.obstacles] == [(NO_TERMS, "There is no partner TIME.")]


def test_the_preview_sums_up_the_ready_orders_and_names_the_others() -> None:
    """Two activations of 75.00; one order is not there, and one is of another partner."""
    ready = {key: ready_order(order_key=key) for key in ("ORD-1", "ORD-2")}
    foreign = ready_order(order_key="ORD-3", partner_key="DIGI")
    found = draft_preview(
        partner_terms(), ["ORD-1", "ORD-2", "ORD-3", "ORD-4"], ready | {"ORD-3": foreign}, INVOICED_ON, "amina"
    )
    assert found.content is not None
    assert (found.content.totals.total_amount, found.is_possible) == (Decimal(150), False)
    refused = {each.order_key: each.obstacles[0].code for each in found.orders if not each.is_ready}
    assert refused == {"ORD-3": ObstacleCode.OTHER_PARTNER, "ORD-4": UNKNOWN}


def test_orders_with_different_taxes_cannot_share_an_invoice() -> None:
    taxed = rate("75", id="taxed", tax_code="SST", category="FTTO")
    sst = TaxRate(code="SST", rate=Decimal("0.08"), valid_from=date(2024, 3, 1))
    orders = {"ORD-1": ready_order(order_key="ORD-1"), "ORD-2": ready_order(order_key="ORD-2", category="FTTO")}
    found = draft_preview(partner_terms(rate("75"), taxed, taxes=(sst,)), list(orders), orders, INVOICED_ON, "amina")
    assert found.content is None
    assert found.refusal is not None
    assert "different taxes" in found.refusal


def test_the_lines_of_a_partner_invoice_name_their_rate() -> None:
    [line] = explain(partner_content()).lines
    assert line.rule == "rate_card"
    assert "rate card" in line.rule_text
    assert line.inputs["rate"] == "rate-75"
    assert line.inputs["order"].startswith("ORD-1")
