"""The page of a partner invoice has a row for each line, whatever the groups are."""

import re
from datetime import timedelta

import pytest

from activities.documents.pages import preview_html
from models.partners.kpi.rule import KpiRule
from models.partners.kpi.target import KpiTarget
from models.partners.order_type import OrderType
from models.partners.orders.order import Order
from tests.fixtures.partner_invoices import COMPLETED, material, order, partner_content, partner_terms

FROM = COMPLETED.date()
TARGET = KpiTarget(id="target", minutes=60, valid_from=FROM)
RULE = KpiRule.model_validate({"id": "rule", "partner": "TIME", "exceeded_penalty": "10", "valid_from": FROM})
TERMS = partner_terms().model_copy(update={"kpi_targets": (TARGET,), "kpi_rules": (RULE,)})
ROW = re.compile(r'<tr>\s*(?:<td></td><td class="note"[^>]*>([^<]*)</td>|<td>([^<]*)</td>.*?)\s*<td class="num">', re.S)


def job(number: int, order_type: OrderType = OrderType.ACTIVATION, *, minutes: int = 30, used: bool = False) -> Order:
    changes = {"on_the_way_at": COMPLETED - timedelta(minutes=minutes), "materials": [material("5")] if used else []}
    return order(f"ORD-{number}", order_type=order_type, **changes)


@pytest.mark.parametrize(
    "orders",
    [
        (job(1),),
        (job(1), job(2), job(3)),
        (job(1, used=True),),
        (job(1, minutes=90, used=True), job(2)),
        (job(1), job(2, OrderType.ASSURANCE), job(3, OrderType.ASSURANCE)),
        (job(1), job(2, OrderType.ASSURANCE, minutes=90)),
    ],
)
def test_every_line_is_a_row(orders: tuple[Order, ...]) -> None:
    content = partner_content(*orders, terms=TERMS)
    printed = [note or service for note, service in ROW.findall(preview_html(content))]
    assert printed == [
        line.description if line.line_type != "job" else line.source.service_id  # type: ignore[union-attr]
        for line in content.lines
    ]
