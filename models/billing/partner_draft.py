"""The draft of a partner invoice from completed orders, the partner's terms and the rate card.

See docs/specification/partner.md 3, 4 and 6.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from models.billing.kpi_lines import kpi_line, unscored
from models.invoice.content.basis import OrderSource, PartnerBasis
from models.invoice.content.content import Content
from models.invoice.content.lines import Line, LineType
from models.invoice.content.printing import without_invisible_characters
from models.invoice.content.totals import sum_up
from models.invoice.errors import DraftRefused
from models.issuer.issuer import Party, TaxRate
from models.partners.order_type import OrderType, work_type
from models.partners.orders.order import Order
from models.partners.rate_card import RateCardRow
from models.partners.rate_lookup import RateFound, RateNotFound
from models.partners.readiness import Obstacle, gate_rules, obstacles
from models.partners.terms import PartnerTerms
from models.values.base_models import Frozen
from models.values.document_options import Channel
from models.values.money import ZERO, round_amount
from models.values.period import Period

_ONE = Decimal(1)
_ORDER_TYPES = {each: n for n, each in enumerate(OrderType)}


class OrderObstacle(Frozen):
    """One reason why an order cannot be invoiced. `code` is stable, `message` is for a person."""

    order_key: str
    code: str
    message: str


class OrdersRefused(DraftRefused):
    """Orders cannot be invoiced; `obstacles` has every reason of every order."""

    def __init__(self, obstacles: Sequence[OrderObstacle]) -> None:
        listed = "; ".join(f"{each.order_key}: {each.message}" for each in obstacles[:20])
        more = f"; and {len(obstacles) - 20} more" if len(obstacles) > 20 else ""
        super().__init__(f"Not ready for an invoice: {listed}{more}")
        self.obstacles = tuple(obstacles)


class _Priced(Frozen):
    order: Order
    completed_on: date
    rate: RateCardRow
    tax: TaxRate | None


def partner_draft(terms: PartnerTerms, orders: Sequence[Order], invoice_date: date, prepared_by: str) -> Content:
    """Return the content of a draft with a line for each order, and one for its charged materials and for its KPI.

    The orders have passed the gate. Each is priced and taxed for the day on which it was completed, in the partner's
    zone. Raises OrdersRefused with every order that has no rate or lacks what the partner's KPI rule needs, and
    DraftRefused if the orders have different taxes.
    """
    partner = terms.partner
    priced = sorted(_priced(terms, orders), key=_printed_order)
    tax = _one_tax(priced)
    lines = tuple(_lines(terms, priced))
    days = [each.completed_on for each in priced]
    content = Content(
        basis=PartnerBasis(
            partner_key=partner.key,
            partner_name=partner.name,
            order_keys=tuple(each.order.order_key for each in priced),
            work_type=", ".join(dict.fromkeys(work_type(each.order.order_type) for each in priced)),
            period=Period(start=min(days), end=max(days)),
            language=partner.language,
            needs_review=partner.needs_review,
            needs_submission_id=partner.needs_submission_id,
            portal_url=partner.portal_url,
            prepared_by=prepared_by,
            payment_instructions=partner.document_texts.payment_instructions,
            terms=partner.document_texts.terms,
            footer=partner.document_texts.footer_note,
            recognise_in_planfact=partner.recognise_revenue_in_planfact,
        ),
        currency=partner.currency,
        invoice_date=invoice_date,
        payment_days=partner.payment_days,
        # The days of a partner's invoice begin and end where the partner is.
        issuer=terms.issuer.paid_in(partner.currency).model_copy(update={"zone": partner.zone}),
        customer=Party(name=partner.name, address=partner.billing_address, tin=partner.tax_registration),
        recipients=tuple(contact.email for contact in partner.contacts),
        channel=Channel.EMAIL,
        series=partner.series,
        reminder_days=partner.reminder_days,
        tax=tax,
        lines=lines,
        totals=sum_up(lines, currency=partner.currency, tax=tax, total_hours=ZERO),
    )
    return without_invisible_characters(content)


def gate_obstacles(found: Mapping[str, Sequence[Obstacle]]) -> list[OrderObstacle]:
    """Return what the gate has found, by order key, as obstacles of orders."""
    return [
        OrderObstacle(order_key=key, code=each.code, message=each.message)
        for key, obstacles_of_order in found.items()
        for each in obstacles_of_order
    ]


def obstacles_to_invoice(terms: PartnerTerms, order: Order) -> list[OrderObstacle]:
    """Return every reason why an order without an invoice cannot get one: of the gate, and of the rate card."""
    at_the_gate = {order.order_key: obstacles(order, gate_rules(terms.partner))}
    return [*gate_obstacles(at_the_gate), *unpriced(terms, [order])]


def unpriced(terms: PartnerTerms, orders: Iterable[Order]) -> list[OrderObstacle]:
    """Return an obstacle for each completed order without a rate, and for each that a KPI rule cannot score."""
    found = []
    for order in orders:
        if order.completed_at is None:
            continue
        day = _completed_on(terms, order)
        rate = terms.find_rate(order.order_type, order.category, order.method, day)
        if isinstance(rate, RateNotFound):
            found.append(OrderObstacle(order_key=order.order_key, code=f"rate_{rate.reason}", message=rate.message))
        kpi = unscored(terms, order, day)
        if kpi is not None and kpi.not_scored is not None:
            found.append(OrderObstacle(order_key=order.order_key, code=kpi.not_scored, message=kpi.message))
    return found


def _priced(terms: PartnerTerms, orders: Sequence[Order]) -> list[_Priced]:
    if refused := unpriced(terms, orders):
        raise OrdersRefused(refused)
    priced = []
    for order in orders:
        day = _completed_on(terms, order)
        found = terms.find_rate(order.order_type, order.category, order.method, day)
        assert isinstance(found, RateFound)
        priced.append(_Priced(order=order, completed_on=day, rate=found.rate, tax=terms.tax_of(found.rate, day)))
    return priced


def _completed_on(terms: PartnerTerms, order: Order) -> date:
    assert order.completed_at is not None, "the gate refuses an order without a completion time"
    return order.completed_at.astimezone(ZoneInfo(terms.partner.zone)).date()


def _printed_order(priced: _Priced) -> tuple[int, date, str]:
    """Return the place of an order on the document: by order type, then by the day of completion."""
    return _ORDER_TYPES[priced.order.order_type], priced.completed_on, priced.order.order_key


def _one_tax(priced: Sequence[_Priced]) -> TaxRate | None:
    by_tax: dict[str, list[str]] = {}
    for each in priced:
        name = f"{each.tax.code} {each.tax.rate}" if each.tax else "no tax"
        by_tax.setdefault(name, []).append(each.order.order_key)
    if len(by_tax) > 1:
        groups = "; ".join(f"{name}: {', '.join(keys[:10])}" for name, keys in by_tax.items())
        raise DraftRefused(f"The orders have different taxes, so they need an invoice for each of them: {groups}.")
    return priced[0].tax


def _lines(terms: PartnerTerms, priced: Sequence[_Priced]) -> Iterable[Line]:
    number = 0
    for each in priced:
        number += 1
        yield _job_line(each, f"L{number}")
        charge = each.order.materials_charge(each.rate.currency)
        if charge:
            number += 1
            yield _materials_line(each, charge, f"L{number}")
        amount = round_amount(each.rate.amount, each.rate.currency)
        if line := kpi_line(terms, each.order, amount, _source(each), f"L{number + 1}"):
            number += 1
            yield line


def _job_line(priced: _Priced, line_id: str) -> Line:
    amount = round_amount(priced.rate.amount, priced.rate.currency)
    return Line(
        id=line_id,
        line_type=LineType.JOB,
        description=_description(priced.order),
        quantity=_ONE,
        unit_price=amount,
        line_total=amount,
        source=_source(priced),
        rule="rate_card",
    )


def _materials_line(priced: _Priced, charge: Decimal, line_id: str) -> Line:
    names = ", ".join(each.description for each in priced.order.materials if each.unit_price)
    return Line(
        id=line_id,
        line_type=LineType.MATERIALS,
        description=f"Materials for {priced.order.service_id}: {names}"[:2000],
        quantity=_ONE,
        unit_price=charge,
        line_total=charge,
        source=_source(priced),
        rule="materials",
    )


def _description(order: Order) -> str:
    """Return the text of the line, such as `Activation FTTH PRELAID, TBBN0001, Sunway Tower`."""
    work = " ".join(part for part in (work_type(order.order_type), order.category, order.method) if part)
    return ", ".join(part for part in (work, order.service_id, order.building) if part)


def _source(priced: _Priced) -> OrderSource:
    order = priced.order
    return OrderSource(
        order_key=order.order_key,
        service_id=order.service_id,
        work_type=work_type(order.order_type),
        order_type=order.order_type,
        ticket_id=order.ticket_id or "",
        awo_id=order.awo_id or "",
        building=order.building or "",
        completed_on=priced.completed_on,
        rate_id=priced.rate.id,
    )
