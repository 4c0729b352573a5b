"""The jobs of the demo: they are accepted, priced, and the same on each day of a month."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.demo_data.partner_jobs import ZONE, jobs
from local.demo_data.partners import PARTNERS, rate_card
from models.access.roles import Role
from models.billing.partner_draft import unpriced
from models.issuer.issuer import Issuer, Party
from models.partners.orders.intake import OrderIntake, receive
from models.partners.orders.log import Actor
from models.partners.orders.order import Order
from models.partners.readiness import ObstacleCode, gate_rules, obstacles
from models.partners.terms import PartnerTerms

CLERK = Actor(name="lena", role=Role.EDITOR, source="api")
RATES = tuple(each.row(each.key) for each in rate_card())
TERMS = {
    key: PartnerTerms(partner=partner.partner(key), rates=RATES, issuer=Issuer(party=Party(name="Cephas Sdn Bhd")))
    for key, partner in PARTNERS.items()
}


def received(today: date) -> dict[str, Order]:
    """Return the orders as the intake stores them."""
    now = datetime(today.year, today.month, today.day, 2, tzinfo=UTC)
    changes = [receive(None, OrderIntake.model_validate(order), CLERK, now).change for order in jobs(today).orders]
    return {change.order.order_key: change.order for change in changes if change}


@pytest.mark.parametrize("today", [date(2026, 3, 1), date(2026, 3, 31), date(2027, 1, 1), date(2028, 2, 29)])
def test_jobs_that_are_not_refused_pass_the_gate_and_have_a_rate(today: date) -> None:
    sent, orders = jobs(today), received(today)
    found = {
        key: [each.code for each in obstacles(order, gate_rules(TERMS[order.partner_key].partner))]
        + [each.code for each in unpriced(TERMS[order.partner_key], [order])]
        for key, order in orders.items()
        if key != sent.blocked
    }
    assert {key for key, reasons in found.items() if reasons} | {sent.blocked} == set(sent.not_ready)
    invoice_steps = {ObstacleCode.ON_LIVE_INVOICE, ObstacleCode.OTHER_PARTNER}
    reasons = Counter(str(code) for codes in found.values() for code in codes)
    assert reasons == {
        **{code.value: 1 for code in ObstacleCode if code not in invoice_steps | {ObstacleCode.OPEN_BLOCKER}},
        "rate_no_row": 2,
    }


@given(st.dates(date(2025, 4, 1), date(2040, 12, 31)))
def test_the_jobs_of_a_month_are_the_same_on_each_day(today: date) -> None:
    sent = jobs(today)
    assert sent == jobs(today.replace(day=1))
    assert len({order["order_key"] for order in sent.orders}) == len(sent.orders) == 60
    completed = {
        order["order_key"]: datetime.fromisoformat(order["completed_at"]).astimezone(ZONE).date()
        for order in sent.orders
        if order["completed_at"]
    }
    assert max(completed.values()) < today
    assert all(completed[key] <= today - timedelta(days=46) for key in sent.old)
