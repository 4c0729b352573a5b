"""Dockets: what makes one valid, the splitter, the clock (docs/specification/orders.md 4)."""

from datetime import timedelta
from typing import Any

import pytest

from models.partners.dockets.clock import docket_kpi
from models.partners.dockets.docket import DocketPaper, DocketState
from models.partners.dockets.validity import ProblemCode, problems
from models.partners.order_type import OrderType
from models.partners.orders.attachment import AttachmentRefused, checked_name
from models.partners.orders.commands import ReceiveDocket, ReviewDocket
from models.partners.orders.errors import OrderForbidden, OrderInvalid, OrderRefused
from models.partners.orders.order import Order, Replacement
from models.partners.orders.status import OrderStatus
from models.partners.orders.transitions import apply, check
from models.partners.readiness import PartnerRules
from tests.fixtures.orders import ADMIN, CLERK, COMPLETED, NOW, PAPER, order

RULES = PartnerRules()
P = ProblemCode
ASSURANCE = {
    "order_type": OrderType.ASSURANCE,
    "rma": (Replacement(old_serial="OLD-1", new_serial="ONU-77"),),
}


@pytest.mark.parametrize(
    ("paper", "expected"),
    [
        ({}, set()),
        ({"service_id": " tbbn1234 ", "installer": "RAVI", "building": "menara  tm"}, set()),
        ({"service_id": None}, {P.SERVICE_ID_MISSING}),
        ({"service_id": "TBBN9"}, {P.SERVICE_ID_MISMATCH}),
        ({"order_type": None}, {P.WORK_TYPE_MISSING}),
        ({"order_type": "sdu"}, {P.WORK_TYPE_MISMATCH}),
        ({"worked_on": None}, {P.DATE_MISSING}),
        ({"worked_on": "2026-02-25"}, {P.DATE_MISMATCH}),
        ({"building": "Wisma B"}, {P.BUILDING_MISMATCH}),
        ({"building": None}, {P.BUILDING_MISMATCH}),
        ({"installer": "Siti"}, {P.INSTALLER_MISMATCH}),
        ({"splitter_port": 8}, {P.SPLITTER_PORT_MISMATCH}),
        ({"serial": None}, {P.SERIAL_MISSING}),
        ({"serial": "ONU-99"}, {P.SERIAL_MISMATCH}),
        ({"has_installer_signature": False}, {P.INSTALLER_SIGNATURE_MISSING}),
        ({"has_work_done": False}, {P.WORK_DONE_MISSING}),
        ({"has_customer_signature": False}, {P.CUSTOMER_SIGNATURE_MISSING}),
    ],
)
def test_each_problem_of_a_paper(paper: dict[str, Any], expected: set[ProblemCode]) -> None:
    found = problems(order(), DocketPaper.model_validate(PAPER | paper))
    assert {each.code for each in found} == expected


@pytest.mark.parametrize(
    ("paper", "expected"),
    [
        ({"old_serial": "OLD-1"}, set()),
        ({"old_serial": "OLD-1", "has_customer_signature": False}, set()),
        ({}, {P.OLD_SERIAL_MISSING}),
        ({"old_serial": "OLD-2"}, {P.OLD_SERIAL_MISMATCH}),
    ],
)
def test_the_paper_of_an_assurance_job(paper: dict[str, Any], expected: set[ProblemCode]) -> None:
    given = DocketPaper.model_validate(PAPER | {"order_type": "assurance"} | paper)
    assert {each.code for each in problems(order(**ASSURANCE), given)} == expected


def test_the_date_is_that_of_kuala_lumpur() -> None:
    """17:30 in UTC is 01:30 of the next day in Kuala Lumpur, which is eight hours ahead."""
    late = order(completed_at=COMPLETED.replace(hour=17, minute=30))
    paper = DocketPaper.model_validate(PAPER | {"worked_on": "2026-02-27"})
    assert problems(late, paper) == ()


def completed(**changes: Any) -> Order:
    return order(status=OrderStatus.ORDER_COMPLETED, docket=None, **changes)


def receipt(minutes: int = 20, **changes: Any) -> ReceiveDocket:
    received = COMPLETED + timedelta(minutes=minutes)
    return ReceiveDocket.model_validate({"number": "D-1", "received_at": received, "paper": PAPER, **changes})


def test_a_docket_needs_splitter_and_port_where_the_partner_says_so() -> None:
    bare = completed(splitter_id=None, splitter_port=None)
    with pytest.raises(OrderInvalid) as refused:
        check(bare, receipt(), CLERK, NOW, RULES)
    assert refused.value.path == "splitter_id"
    lenient = PartnerRules(splitter_needed_at_docket=False)
    assert apply(bare, receipt(), CLERK, NOW, lenient).order.status is OrderStatus.DOCKETS_RECEIVED
    filled = apply(bare, receipt(splitter_id="SPL-1", splitter_port=3), CLERK, NOW, RULES).order
    assert (filled.splitter_id, filled.splitter_port) == ("SPL-1", 3)


def test_the_standby_port_blocks_the_docket() -> None:
    with pytest.raises(OrderInvalid) as refused:
        check(completed(), receipt(splitter_port=32), CLERK, NOW, RULES)
    assert refused.value.path == "standby_approval"
    approved = apply(completed(), receipt(splitter_port=32, standby_approval="a"), CLERK, NOW, RULES)
    assert approved.order.standby_approval == "a"


@pytest.mark.parametrize(("minutes", "met"), [(0, True), (30, True), (31, False), (180, False)])
def test_the_clock(minutes: int, met: bool) -> None:
    kpi = docket_kpi(COMPLETED, COMPLETED + timedelta(minutes=minutes))
    assert kpi is not None
    assert (kpi.minutes, kpi.met) == (minutes, met)
    assert docket_kpi(None, NOW) is None


def test_above_three_hours_an_admin_gives_the_reason() -> None:
    check(completed(), receipt(180), CLERK, NOW, RULES)
    with pytest.raises(OrderInvalid) as refused:
        check(completed(), receipt(181), ADMIN, NOW, RULES)
    assert refused.value.path == "late_reason"
    late = receipt(181, late_reason="flooded road")
    with pytest.raises(OrderForbidden):
        check(completed(), late, CLERK, NOW, RULES)
    assert apply(completed(), late, ADMIN, NOW, RULES).order.docket is not None


def test_a_docket_with_problems_is_not_found_valid() -> None:
    received = apply(completed(), receipt(paper=PAPER | {"serial": "ONU-99"}), CLERK, NOW, RULES).order
    with pytest.raises(OrderRefused):
        check(received, ReviewDocket(is_valid=True), CLERK, NOW, RULES)
    sent_back = apply(received, ReviewDocket(is_valid=False), CLERK, NOW, RULES).order
    assert sent_back.docket is not None
    assert sent_back.docket.state is DocketState.DOCKET_CORRECTION
    assert sent_back.docket.corrections[0].problems == ("serial_mismatch",)
    again = apply(sent_back, receipt(600), CLERK, NOW, RULES).order
    assert again.docket is not None
    assert again.docket.state is DocketState.CORRECTION_RESUBMITTED
    assert again.docket.received_at == COMPLETED + timedelta(minutes=20)  # the clock measures the first receipt
    verified = apply(again, ReviewDocket(is_valid=True), CLERK, NOW, RULES).order
    assert verified.status is OrderStatus.DOCKETS_VERIFIED


def test_a_valid_docket_goes_back_only_with_a_reason() -> None:
    received = apply(completed(), receipt(), CLERK, NOW, RULES).order
    with pytest.raises(OrderInvalid) as refused:
        check(received, ReviewDocket(is_valid=False), CLERK, NOW, RULES)
    assert refused.value.path == "reason"


@pytest.mark.parametrize("name", ["", " ", "a/b.pdf", "C:\\b.pdf", "..", "x" * 201, "a\u202eb.pdf", "a\x00.pdf"])
def test_names_of_files_that_are_refused(name: str) -> None:
    with pytest.raises(AttachmentRefused):
        checked_name(name)
