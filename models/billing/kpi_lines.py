"""The line of a draft for the KPI of an order, where the partner has a rule for it (docs/specification/kpi.md 4)."""

from datetime import date
from decimal import Decimal

from models.invoice.content.basis import OrderSource
from models.invoice.content.lines import Line, LineType
from models.partners.kpi.evaluation import JobKpi, job_kpi
from models.partners.kpi.rule import find_rule
from models.partners.orders.order import Order
from models.partners.terms import PartnerTerms

KPI_RULE = "kpi"


def unscored(terms: PartnerTerms, order: Order, completed_on: date) -> JobKpi | None:
    """Return the evaluation of a job that has no result although the partner's rule needs one; None otherwise."""
    if find_rule(terms.kpi_rules, terms.partner.key, order.order_type, completed_on) is None:
        return None
    kpi = job_kpi(order, terms.kpi_targets, completed_on)
    return kpi if kpi.result is None else None


def kpi_line(terms: PartnerTerms, order: Order, rate: Decimal, source: OrderSource, line_id: str) -> Line | None:
    """Return the line of a bonus or a penalty; None if there is neither.

    `rate` is the rounded price of the job, of which a rule may take a percentage.
    """
    assert source.completed_on is not None
    rule = find_rule(terms.kpi_rules, terms.partner.key, order.order_type, source.completed_on)
    if rule is None:
        return None
    kpi = job_kpi(order, terms.kpi_targets, source.completed_on)
    assert kpi.result is not None, "an order without a result is refused before"
    amount = rule.impact(kpi.result, rate, terms.partner.currency)
    if not amount:
        return None
    name = "bonus" if amount > 0 else "penalty"
    return Line(
        id=line_id,
        line_type=LineType.KPI,
        description=f"KPI {name} for {order.service_id}: {kpi.message}",
        quantity=Decimal(1),
        unit_price=amount,
        line_total=amount,
        source=source,
        rule=KPI_RULE,
    )
