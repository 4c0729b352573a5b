"""The gate lists every reason at once (docs/specification/orders.md 5)."""

from typing import Any

import pytest

from models.partners.dockets.docket import DocketState
from models.partners.order_type import OrderType
from models.partners.orders.invoice_steps import claim
from models.partners.orders.log import Change
from models.partners.orders.order import Blocker, Replacement
from models.partners.orders.status import OrderStatus
from models.partners.readiness import ObstacleCode, PartnerRules, obstacles
from tests.fixtures.orders import NOW, PAPER, order

RULES = PartnerRules()
BLOCKER = Blocker(id="B1", reason="no power", opened_at=NOW, opened_by="lena")
RMA = Replacement(old_serial="OLD-1", new_serial="ONU-77")
ASSURANCE = {
    "order_type": OrderType.ASSURANCE,
    "docket": order().docket.model_copy(update={"paper": None}),  # type: ignore[union-attr]
}


def test_a_complete_order_has_no_obstacle() -> None:
    assert obstacles(order(), RULES) == ()


@pytest.mark.parametrize(
    ("changes", "rules", "expected"),
    [
        ({"status": OrderStatus.DOCKETS_VERIFIED}, RULES, {ObstacleCode.WRONG_STATUS}),
        ({"docket": None}, RULES, {ObstacleCode.DOCKET_NOT_VALIDATED}),
        ({"service_id": "TBBN9999"}, RULES, {ObstacleCode.DOCKET_NOT_VALIDATED}),
        ({"splitter_id": None}, RULES, {ObstacleCode.SPLITTER_PORT_MISSING}),
        ({"splitter_port": None}, RULES, {ObstacleCode.SPLITTER_PORT_MISSING}),
        ({"materials_logged": False}, RULES, {ObstacleCode.MATERIALS_NOT_LOGGED}),
        ({"blockers": (BLOCKER,)}, RULES, {ObstacleCode.OPEN_BLOCKER}),
        (
            {"blockers": (BLOCKER.model_copy(update={"closed_at": NOW}),)},
            RULES,
            set(),
        ),
        ({"completed_at": None}, RULES, {ObstacleCode.COMPLETION_TIME_MISSING}),
        (ASSURANCE, RULES, {ObstacleCode.TTKT_MISSING, ObstacleCode.AWO_MISSING}),
        (ASSURANCE, PartnerRules(requires_ttkt=False), {ObstacleCode.AWO_MISSING}),
        (ASSURANCE | {"ticket_id": "TTKT1", "awo_id": "AWO1"}, RULES, set()),
        ({"rma": (RMA,)}, RULES, {ObstacleCode.RMA_NOT_APPROVED}),
        (
            {"rma": (RMA.model_copy(update={"approved_by": "TIME", "notes": "by mail"}),)},
            RULES,
            set(),
        ),
        ({}, PartnerRules(order_types=frozenset({OrderType.SDU})), {ObstacleCode.ORDER_TYPE_NOT_SUPPORTED}),
        ({"invoice_id": "INV-1"}, RULES, {ObstacleCode.ON_LIVE_INVOICE}),
    ],
)
def test_each_obstacle(changes: dict[str, Any], rules: PartnerRules, expected: set[ObstacleCode]) -> None:
    assert {each.code for each in obstacles(order(**changes), rules)} == expected


@pytest.mark.parametrize(
    ("ports", "approval", "rules", "refused"),
    [
        (32, None, RULES, True),
        (None, None, RULES, True),
        (64, None, RULES, False),
        (32, "order.ORD-1.bb", RULES, False),
        (32, None, PartnerRules(standby_port_needs_approval=False), False),
    ],
)
def test_the_standby_port_needs_an_approval(
    ports: int | None, approval: str | None, rules: PartnerRules, refused: bool
) -> None:
    paper = order().docket.paper.model_copy(update={"splitter_port": 32})  # type: ignore[union-attr]
    docket = order().docket.model_copy(update={"paper": paper})  # type: ignore[union-attr]
    changes = {"splitter_ports": ports, "splitter_port": 32, "standby_approval": approval, "docket": docket}
    codes = {each.code for each in obstacles(order(**changes), rules)}
    assert codes == ({ObstacleCode.STANDBY_PORT_NOT_APPROVED} if refused else set())


def test_every_obstacle_is_listed_at_once() -> None:
    bad = order(
        status=OrderStatus.ORDER_COMPLETED,
        order_type=OrderType.ASSURANCE,
        docket=None,
        splitter_id=None,
        splitter_port=32,
        splitter_ports=32,
        materials_logged=False,
        blockers=(BLOCKER,),
        completed_at=None,
        rma=(RMA,),
        invoice_id="INV-1",
    )
    rules = PartnerRules(order_types=frozenset({OrderType.SDU}))
    assert {each.code for each in obstacles(bad, rules)} == set(ObstacleCode) - {ObstacleCode.OTHER_PARTNER}


def test_a_claim_moves_order_and_docket_to_ready_for_invoice() -> None:
    claimed = claim(order(), RULES, "INV-1", NOW)
    assert isinstance(claimed, Change)
    assert claimed.order.status is OrderStatus.READY_FOR_INVOICE
    assert claimed.order.invoice_id == "INV-1"
    assert claimed.order.docket is not None
    assert claimed.order.docket.state is DocketState.READY_FOR_INVOICE
    assert claimed.events[0].changes["status"] == ("DocketsUploaded", "ReadyForInvoice")
    assert claim(claimed.order, RULES, "INV-1", NOW) == Change(claimed.order)
    assert not isinstance(claim(claimed.order, RULES, "INV-2", NOW), Change)


def test_the_paper_of_the_fixture_is_what_the_order_says() -> None:
    assert PAPER["service_id"] == order().service_id
