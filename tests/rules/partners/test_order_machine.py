"""Orders and dockets at random: what the tables forbid is refused and changes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from models.audit.hash_chain import Event, first_break
from models.partners.dockets.docket import DocketState
from models.partners.orders.commands import (
    CloseBlocker,
    LogMaterials,
    OpenBlocker,
    ReceiveDocket,
    RejectDocket,
    ReviewDocket,
    Transition,
    UploadDocket,
)
from models.partners.orders.edges import BY_STATUSES, EDGES, Through, following
from models.partners.orders.errors import OrderError, OrderForbidden, OrderInvalid, OrderRefused
from models.partners.orders.invoice_steps import InvoiceStep, claim, move, reason_refused, release
from models.partners.orders.log import Actor, Change, first_event
from models.partners.orders.order import Order
from models.partners.orders.status import FIELD, OF_THE_INVOICE, TERMINAL, OrderStatus, read_status
from models.partners.orders.transitions import apply, check
from models.partners.ports import OrdersCommand
from models.partners.readiness import PartnerRules, obstacles
from tests.fixtures.orders import ADMIN, CLERK, COMPLETED, MANAGER, NOW, PAPER, order
from tests.fixtures.properties import examples

RULES = PartnerRules()
S = OrderStatus
DOCKET_STATES = {
    S.DOCKETS_RECEIVED: {DocketState.DOCKET_RECEIVED, DocketState.CORRECTION_RESUBMITTED},
    S.DOCKETS_VERIFIED: {DocketState.DOCKET_REVIEWED},
    S.DOCKETS_UPLOADED: {DocketState.DOCKET_UPLOADED},
    S.DOCKETS_REJECTED: {DocketState.DOCKET_CORRECTION, DocketState.PARTNER_REJECTED},
}
TAKEN_BACK = (S.COMPLETED, S.SUBMITTED_TO_PORTAL)
"""Only an invoice whose payment was recorded wrongly goes this way."""
BEFORE_DOCKETS = FIELD | {S.ORDER_COMPLETED}


def transition(to: OrderStatus, **changes: Any) -> Transition:
    """Return a transition that carries all that any status needs."""
    times = {S.ON_THE_WAY: 3, S.MET_CUSTOMER: 2, S.ORDER_COMPLETED: 0}
    fields = {
        "to": to,
        "installer": "Ravi",
        "scheduled_start": COMPLETED - timedelta(hours=3),
        "appointment_start": COMPLETED - timedelta(hours=3),
        "portal_time": COMPLETED - timedelta(hours=times.get(to, 1)),
        "reason": "by TIME",
        **changes,
    }
    return Transition.model_validate(fields)


def receipt(**paper: Any) -> ReceiveDocket:
    return ReceiveDocket.model_validate(
        {
            "number": "D-1",
            "received_at": COMPLETED + timedelta(minutes=20),
            "paper": PAPER | paper,
            "files": ("order.ORD-1.aa",),
            "splitter_id": "SPL-9",
            "splitter_port": 7,
        }
    )


def pending() -> Order:
    """Return an order without anything that its life adds."""
    empty = dict.fromkeys(
        ("docket", "completed_at", "installer", "on_the_way_at", "met_customer_at", "scheduled_start")
    )
    return order(status=S.PENDING, **empty)


DOCKET_COMMANDS = (
    receipt(),
    receipt(serial="ONU-99"),
    ReviewDocket(is_valid=True),
    ReviewDocket(is_valid=False, reason="blurred"),
    UploadDocket(uploaded_at=NOW),
    RejectDocket(reason="blurred", remark="see the screenshot", evidence="order.ORD-1.bb"),
    OpenBlocker(action="open", reason="no power", at=NOW),
    CloseBlocker(action="close", blocker_id="B1", at=NOW),
    LogMaterials(materials=()),
)


NEXT_STEPS: dict[OrderStatus, Any] = {
    S.PENDING: transition(S.ASSIGNED),
    S.ASSIGNED: transition(S.ON_THE_WAY),
    S.ON_THE_WAY: transition(S.MET_CUSTOMER),
    S.MET_CUSTOMER: transition(S.ORDER_COMPLETED),
    S.RESCHEDULE_PENDING_APPROVAL: transition(S.ASSIGNED),
    S.BLOCKER: CloseBlocker(action="close", blocker_id="B1", at=NOW),
    S.ORDER_COMPLETED: receipt(),
    S.DOCKETS_RECEIVED: ReviewDocket(is_valid=True),
    S.DOCKETS_VERIFIED: UploadDocket(uploaded_at=NOW),
    S.DOCKETS_REJECTED: receipt(),
}


class OrderMachine(RuleBasedStateMachine):
    """People and an invoice change one order at random."""

    def __init__(self) -> None:
        super().__init__()
        self.order = pending()
        self.events: list[Event] = []

    @initialize(start=st.sampled_from(("pending", "uploaded")))
    def begin(self, start: str) -> None:
        self.order = pending() if start == "pending" else order()
        self.follow(first_event(self.order, CLERK, "receive_order", NOW))

    def follow(self, change: Change) -> None:
        before, self.order = self.order, change.order
        self.events += change.events
        for event in change.events:
            step = (S(event.status_before), S(event.status_after))
            overridden = event.details.get("override") == "true"
            assert step[0] == step[1] or step in BY_STATUSES or step == TAKEN_BACK or overridden, step
        assert (before == change.order) == (not change.events)

    def give(self, command: Any, actor: Actor) -> None:
        before = self.order
        try:
            check(before, command, actor, NOW, RULES)
        except OrderError as error:
            with pytest.raises(type(error), match=r"."):
                apply(before, command, actor, NOW, RULES)
            return
        change = apply(before, command, actor, NOW, RULES)
        assert before.status not in TERMINAL
        assert before.invoice_id is None
        if isinstance(command, Transition) and command.override:
            assert actor is ADMIN
            assert command.to not in OF_THE_INVOICE
        self.follow(change)

    @rule(to=st.sampled_from(OrderStatus), actor=st.sampled_from((CLERK, MANAGER, ADMIN)))
    def transition(self, to: OrderStatus, actor: Actor) -> None:
        self.give(transition(to), actor)

    @rule(actor=st.sampled_from((CLERK, MANAGER)))
    def next_step(self, actor: Actor) -> None:
        """Give the command that leads on, so that the machine comes to the end of the table."""
        if self.order.status in NEXT_STEPS:
            self.give(NEXT_STEPS[self.order.status], actor)
        elif self.order.status is S.DOCKETS_UPLOADED and self.order.invoice_id is None:
            self.claim("INV-1")
        elif self.order.invoice_id is not None:
            for step in (InvoiceStep.MARK_INVOICED, InvoiceStep.MARK_SUBMITTED):
                self.invoice(step, self.order.invoice_id, rejected=False)

    @rule(to=st.sampled_from(OrderStatus), actor=st.sampled_from((MANAGER, ADMIN)))
    def override(self, to: OrderStatus, actor: Actor) -> None:
        if to is not S.CANCELLED:
            self.give(transition(to, override=True, remark="by phone", evidence="order.ORD-1.bb"), actor)

    @rule(command=st.sampled_from(DOCKET_COMMANDS))
    def docket_or_work(self, command: Any) -> None:
        self.give(command, CLERK)

    @rule(invoice_id=st.sampled_from(("INV-1", "INV-2")))
    def claim(self, invoice_id: str) -> None:
        result = claim(self.order, RULES, invoice_id, NOW)
        if isinstance(result, Change):
            assert self.order.invoice_id == invoice_id or obstacles(self.order, RULES) == ()
            self.follow(result)
        else:
            assert result == obstacles(self.order, RULES)

    @rule()
    def release(self) -> None:
        if self.order.invoice_id and self.order.status is S.READY_FOR_INVOICE:
            self.follow(release(self.order, CLERK, NOW, "taken out of the batch"))

    @rule(step=st.sampled_from(InvoiceStep), invoice_id=st.sampled_from(("INV-1", "INV-2")), rejected=st.booleans())
    def invoice(self, step: InvoiceStep, invoice_id: str, rejected: bool) -> None:
        if reason_refused(self.order, step, invoice_id):
            return
        command = OrdersCommand(
            invoice_id=invoice_id,
            effect_key="e",
            order_keys=("ORD-1",),
            at=NOW,
            reason="wrong serial",
            rejected=rejected,
        )
        self.follow(move(self.order, step, command))

    @invariant()
    def log_is_whole(self) -> None:
        assert first_break(self.events) is None
        assert len(self.events) == self.order.revision
        assert not self.events or self.order.chain == self.events[-1].hash

    @invariant()
    def statuses_fit(self) -> None:
        order = self.order
        if order.status in OF_THE_INVOICE - {S.READY_FOR_INVOICE}:
            assert order.invoice_id is not None
        if order.status in BEFORE_DOCKETS:
            assert order.docket is None
        if order.status in DOCKET_STATES:
            assert order.docket is not None
            assert order.docket.state in DOCKET_STATES[order.status]


TestOrderMachine = OrderMachine.TestCase
TestOrderMachine.settings = examples(60)


@pytest.mark.parametrize("to", OrderStatus)
@pytest.mark.parametrize("status", OrderStatus)
def test_what_is_not_in_the_table_is_refused_with_what_can_follow(status: OrderStatus, to: OrderStatus) -> None:
    before = order(status=status)
    edge = BY_STATUSES.get((status, to))
    if edge is not None and edge.through is Through.TRANSITION:
        return
    with pytest.raises(OrderRefused) as refused:
        apply(before, transition(to), ADMIN, NOW, RULES)
    assert refused.value.message
    if status not in TERMINAL:
        assert set(refused.value.allowed) <= set(following(status))


def test_nothing_follows_a_final_status() -> None:
    assert [edge for edge in EDGES if edge.source in TERMINAL] == []


def test_a_cancellation_needs_a_manager_and_a_reason() -> None:
    with pytest.raises(OrderForbidden):
        check(order(), transition(S.CANCELLED), CLERK, NOW, RULES)
    with pytest.raises(OrderInvalid):
        check(order(), transition(S.CANCELLED, reason=None), MANAGER, NOW, RULES)
    assert apply(order(), transition(S.CANCELLED), MANAGER, NOW, RULES).order.is_final


@pytest.mark.parametrize("missing", ["reason", "remark", "evidence"])
def test_an_override_carries_everything(missing: str) -> None:
    given = {"override": True, "remark": "by phone", "evidence": "order.ORD-1.bb"} | {missing: None}
    with pytest.raises(OrderInvalid) as refused:
        check(order(), transition(S.PENDING, **given), ADMIN, NOW, RULES)
    assert refused.value.path == missing


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("InvoiceCreated", S.INVOICED),
        ("PDFGenerated", S.INVOICED),
        ("UploadedToPartner", S.SUBMITTED_TO_PORTAL),
        ("AwaitingPayment", S.SUBMITTED_TO_PORTAL),
        ("Paid", S.COMPLETED),
        ("Closed", S.COMPLETED),
        ("Invoice Rejected", S.REJECTED),
        ("rescheduled", S.RESCHEDULE_PENDING_APPROVAL),
        ("dockets uploaded", S.DOCKETS_UPLOADED),
    ],
)
def test_older_names_are_read(text: str, status: OrderStatus) -> None:
    assert read_status(text) is status


@pytest.mark.parametrize(
    ("to", "minutes", "accepted"),
    [
        # The schedule is 3 hours before the completion; times are minutes before it.
        (S.ON_THE_WAY, 300, True),
        (S.ON_THE_WAY, 301, False),
        (S.MET_CUSTOMER, 180, False),
        (S.MET_CUSTOMER, 179, True),
        (S.MET_CUSTOMER, -24 * 60, False),
        (S.ORDER_COMPLETED, 120, False),
        (S.ORDER_COMPLETED, 119, True),
        (S.ORDER_COMPLETED, -24 * 60 * 9, False),
    ],
)
def test_portal_times_follow_each_other(to: OrderStatus, minutes: int, accepted: bool) -> None:
    before = {S.ON_THE_WAY: S.ASSIGNED, S.MET_CUSTOMER: S.ON_THE_WAY, S.ORDER_COMPLETED: S.MET_CUSTOMER}[to]
    start = order(status=before, docket=None, scheduled_start=COMPLETED - timedelta(hours=3))
    command = transition(to, portal_time=COMPLETED - timedelta(minutes=minutes), scheduled_start=None)
    if accepted:
        assert apply(start, command, CLERK, NOW, RULES).order.status is to
        return
    with pytest.raises(OrderInvalid) as refused:
        check(start, command, CLERK, NOW, RULES)
    assert refused.value.path == "portal_time"
