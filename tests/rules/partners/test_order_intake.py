"""Versions of orders from a source system (docs/specification/orders.md 3.1, 3.7)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.partners.orders.csv_columns import SHEET, column_of, intake_fields
from models.partners.orders.intake import OrderIntake, Outcome, receive
from models.partners.orders.order import Material, Order
from models.partners.orders.status import OrderStatus
from models.values.money import Currency
from tests.fixtures.orders import CLERK, NOW, intake, order
from tests.fixtures.orders import intake_fields as sent_fields

S = OrderStatus


def received(existing: Order, **changes: Any) -> Order:
    """Return the order after a later version that has only these fields beside the required ones."""
    required = (
        *("order_key", "source", "partner_key", "service_id", "order_type", "customer_name", "service_address"),
        "appointment_start",
    )
    base = {name: value for name, value in sent_fields(existing.order_key).items() if name in required}
    version = OrderIntake.model_validate({**base, "source_version": existing.source_version + 1, **changes})
    result = receive(existing, version, CLERK, NOW)
    assert result.outcome is Outcome.UPDATED
    assert result.change is not None
    return result.change.order


def test_a_field_that_is_not_sent_stays_and_null_empties_it() -> None:
    after = received(order(unit_no="3-1"), installer=None)
    assert (after.unit_no, after.installer) == ("3-1", None)
    assert after.materials == order().materials
    assert after.materials_logged


@pytest.mark.parametrize(
    ("current", "sent", "expected"),
    [
        (S.PENDING, "OrderCompleted", S.ORDER_COMPLETED),
        (S.MET_CUSTOMER, "Assigned", S.ASSIGNED),
        (S.ORDER_COMPLETED, "OnTheWay", S.ORDER_COMPLETED),
        (S.DOCKETS_VERIFIED, "OrderCompleted", S.DOCKETS_VERIFIED),
        (S.DOCKETS_UPLOADED, "Cancelled", S.CANCELLED),
    ],
)
def test_a_status_never_moves_an_order_back_from_its_docket(
    current: OrderStatus, sent: str, expected: OrderStatus
) -> None:
    assert received(order(status=current), status=sent).status is expected


def test_a_docket_that_was_reviewed_here_stays() -> None:
    docket = {"number": "D-9", "received_at": NOW.isoformat()}
    assert received(order(), docket=docket).docket == order().docket
    from_source = order(docket=order().docket.model_copy(update={"paper": None}))  # type: ignore[union-attr]
    replaced = received(from_source, docket=docket).docket
    assert replaced is not None
    assert replaced.number == "D-9"


@pytest.mark.parametrize("status", ["Invoiced", "PDFGenerated", "Completed", "Rejected", "Reinvoice"])
def test_the_statuses_of_the_invoice_are_not_taken_from_a_source(status: str) -> None:
    with pytest.raises(ValidationError):
        intake("ORD-1", status=status)


@pytest.mark.parametrize(
    "docket",
    [
        None,
        {"number": "D-1", "received_at": "2026-02-26T12:20:00+08:00"},
        {"number": "D-1", "received_at": "2026-02-26T12:20:00+08:00", "validated": True},
    ],
)
def test_an_uploaded_docket_is_complete(docket: dict[str, Any] | None) -> None:
    with pytest.raises(ValidationError):
        intake("ORD-1", docket=docket)


def test_an_appointment_without_an_end_takes_an_hour() -> None:
    """09:00 to 10:00 in Kuala Lumpur; a moved appointment moves its end."""
    result = receive(None, intake("ORD-1"), CLERK, NOW)
    assert result.change is not None
    first = result.change.order
    assert first.appointment_end is not None
    assert first.appointment_end.isoformat() == "2026-02-26T02:00:00+00:00"
    moved = received(first, appointment_start="2026-02-27T15:00:00+08:00")
    assert moved.appointment_end is not None
    assert moved.appointment_end.isoformat() == "2026-02-27T08:00:00+00:00"


@pytest.mark.parametrize(
    ("quantity", "price", "charge"),
    [
        ("1", None, "0.00"),
        ("1.50", "0.33", "0.50"),  # 0.495
        ("3", "0.335", "1.01"),  # 1.005
        ("20", "1.25", "25.00"),
    ],
)
def test_the_charge_of_a_material_is_rounded_half_up(quantity: str, price: str | None, charge: str) -> None:
    fields = {"code": "C", "description": "cable", "quantity": Decimal(quantity)}
    material = Material.model_validate({**fields, "unit_price": None if price is None else Decimal(price)})
    assert material.charge(Currency.MYR) == Decimal(charge)


@given(st.lists(st.tuples(st.decimals("0.01", "999", places=2), st.decimals("0", "999", places=2)), max_size=20))
def test_the_materials_charge_is_the_sum_of_the_rounded_charges(rows: list[tuple[Decimal, Decimal]]) -> None:
    materials = tuple(
        Material(code="C", description="cable", quantity=quantity, unit_price=price) for quantity, price in rows
    )
    charged = order(materials=materials)
    assert charged.materials_charge() == sum((each.charge(Currency.MYR) for each in materials), Decimal("0.00"))


def test_a_row_of_a_file_is_an_intake() -> None:
    cells = {
        "order_key": "ORD-1",
        "splitter_port": "7",
        "materials_logged": "yes",
        "unit_no": "",
        "docket_number": "D-1",
        "docket_validated": "no",
        "materials": "ONU|ONU device|1||ONU-77; CBL|cable|20|1.25",
        "rma": "OLD-1|ONU-77",
    }
    assert intake_fields(cells) == {
        "order_key": "ORD-1",
        "splitter_port": 7,
        "materials_logged": True,
        "docket": {"number": "D-1", "validated": False},
        "materials": [
            {"code": "ONU", "description": "ONU device", "quantity": "1", "serial": "ONU-77"},
            {"code": "CBL", "description": "cable", "quantity": "20", "unit_price": "1.25"},
        ],
        "rma": [{"old_serial": "OLD-1", "new_serial": "ONU-77"}],
    }
    assert column_of("docket.received_at") == "docket_received_at"
    assert column_of("materials.0.quantity") == "materials"


def test_every_plain_field_of_the_intake_has_a_column() -> None:
    other = {"docket", "standby_approval"}  # the docket has columns of its own; an approval is an attachment
    assert set(OrderIntake.model_fields) - other <= set(SHEET.names)
