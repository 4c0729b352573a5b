"""The commands of an order as forms: those that its status permits, with the fields that each needs.

What a transition needs, and who may make it, stands in the table of the rules; a form asks for exactly that.
"""

from api.pages.forms.fields import Control, FormField
from api.pages.languages import N_
from api.pages.orders.command_form import OrderForm, Place
from api.pages.orders.order_words import STATUSES, TYPES
from models.access.roles import Role
from models.partners.orders import commands
from models.partners.orders.edges import EDGES, Edge, Needs, Through
from models.partners.orders.order import Order
from models.partners.orders.status import OF_THE_INVOICE, OrderStatus

FILES = N_("PDF, PNG or JPEG")
_REASON = FormField("reason", N_("Reason"), Control.AREA, is_required=True, longest=500)
_REMARK = FormField("remark", N_("Remark"), Control.AREA)
_INSTALLER = FormField("installer", N_("Installer"), is_required=True, longest=200)
_TO = {
    OrderStatus.PENDING: (N_("Back to pending"), N_("The order gets a new appointment and waits for an installer.")),
    OrderStatus.ASSIGNED: (N_("Assign"), N_("An installer gets the order, with the day and the time.")),
    OrderStatus.ON_THE_WAY: (N_("On the way"), N_("The installer has set out. The clock of the job begins.")),
    OrderStatus.MET_CUSTOMER: (N_("Met customer"), N_("The installer has arrived at the customer.")),
    OrderStatus.ORDER_COMPLETED: (N_("Job completed"), N_("The work is done. The next step is the docket.")),
    OrderStatus.BLOCKER: (N_("Set to blocker"), N_("The job cannot go on, because a blocker is open.")),
    OrderStatus.RESCHEDULE_PENDING_APPROVAL: (
        N_("Reschedule"),
        N_("A manager approves the new appointment before the job goes on."),
    ),
    OrderStatus.CANCELLED: (N_("Cancel the order"), N_("The order ends here for good, and is never invoiced.")),
}
_FIELDS: dict[Needs, tuple[FormField, ...]] = {
    Needs.INSTALLER: (_INSTALLER,),
    Needs.SCHEDULE: (
        FormField("scheduled_start", N_("Scheduled start"), Control.MOMENT, is_required=True),
        FormField("scheduled_end", N_("Scheduled end"), Control.MOMENT),
    ),
    Needs.PORTAL_TIME: (FormField("portal_time", N_("Time in the portal"), Control.MOMENT, is_required=True),),
    Needs.NEW_APPOINTMENT: (
        FormField("appointment_start", N_("New appointment"), Control.MOMENT, is_required=True),
        FormField("appointment_end", N_("Appointment ends"), Control.MOMENT, hint=N_("Empty: one hour later")),
    ),
    Needs.REASON: (_REASON,),
}
_PAPER = (
    FormField("paper.service_id", N_("Service id"), longest=60),
    FormField("paper.order_type", N_("Type"), Control.SELECT, options=TYPES),
    FormField("paper.worked_on", N_("Day of the work"), Control.DAY),
    FormField("paper.building", N_("Building"), longest=200),
    FormField("paper.installer", N_("Installer"), longest=200),
    FormField("paper.splitter_port", N_("Splitter port"), Control.WHOLE, longest=3),
    FormField("paper.serial", N_("Serial"), longest=60),
    FormField("paper.old_serial", N_("Old serial"), longest=60, hint=N_("Only assurance jobs return a device.")),
    FormField("paper.has_installer_signature", N_("Signed by the installer"), Control.CHECK),
    FormField("paper.has_work_done", N_("The work done is filled in"), Control.CHECK),
    FormField("paper.has_customer_signature", N_("Signed by the customer"), Control.CHECK),
)
RECEIVE = OrderForm(
    "receive_docket",
    commands.ReceiveDocket,
    N_("Receive the docket"),
    N_("Recording…"),
    N_("Enter what the paper says, not what the order says: the review compares the two."),
    (
        FormField("number", N_("Docket number"), is_required=True, longest=60),
        FormField("received_at", N_("Received at"), Control.MOMENT, is_required=True),
        FormField(
            "late_reason",
            N_("Why it is late"),
            longest=500,
            hint=N_("Only more than three hours after the job; an admin enters it."),
        ),
        FormField("splitter_id", N_("Splitter"), longest=60),
        FormField("splitter_ports", N_("Ports of the splitter"), Control.WHOLE, longest=3),
        FormField("splitter_port", N_("Port"), Control.WHOLE, longest=3),
        FormField("standby_approval", N_("Approval of the standby port"), Control.FILE, hint=FILES),
        FormField("files", N_("Scan of the docket"), Control.FILE, hint=FILES),
        *_PAPER,
        _REMARK,
    ),
    place=Place.MAIN,
    is_primary=True,
)
VALID = OrderForm(
    "review_docket",
    commands.ReviewDocket,
    N_("Docket is valid"),
    N_("Recording…"),
    N_("The paper fits the order. The docket is then uploaded to the partner."),
    (_REMARK,),
    place=Place.MAIN,
    fixed={"is_valid": True},
    is_primary=True,
)
SEND_BACK = OrderForm(
    "send_back_docket",
    commands.ReviewDocket,
    N_("Send the docket back"),
    N_("Recording…"),
    N_("The docket is not valid. It is corrected and received again."),
    (
        FormField(
            "reason", N_("Reason"), Control.AREA, longest=500, hint=N_("Empty: the problems that the comparison finds")
        ),
        _REMARK,
    ),
    place=Place.MAIN,
    fixed={"is_valid": False},
)
UPLOAD = OrderForm(
    "upload_docket",
    commands.UploadDocket,
    N_("Mark docket as uploaded"),
    N_("Recording…"),
    N_("You have uploaded the docket to the partner's portal. The order can then be invoiced."),
    (
        FormField("uploaded_at", N_("Uploaded at"), Control.MOMENT, is_required=True),
        FormField("files", N_("Scan of the docket"), Control.FILE, hint=FILES),
        _REMARK,
    ),
    place=Place.MAIN,
    is_primary=True,
)
REJECT = OrderForm(
    "reject_docket",
    commands.RejectDocket,
    N_("Docket rejected by the partner"),
    N_("Recording…"),
    N_("The docket has to be corrected, and the order cannot be invoiced until then."),
    (
        _REASON,
        FormField("remark", N_("Remark"), Control.AREA, is_required=True),
        FormField("evidence", N_("Screenshot or file"), Control.FILE, is_required=True, hint=FILES),
    ),
    place=Place.DANGER,
)
OPEN_BLOCKER = OrderForm(
    "open_blocker",
    commands.OpenBlocker,
    N_("Open a blocker"),
    N_("Recording…"),
    N_("The clock of the job stands still until the blocker is closed, and the order cannot be invoiced."),
    (_REASON, FormField("at", N_("Since"), Control.MOMENT, is_required=True), _REMARK),
    fixed={"action": "open"},
)
CLOSE_BLOCKER = OrderForm(
    "close_blocker",
    commands.CloseBlocker,
    N_("Close the blocker"),
    N_("Recording…"),
    N_("The job can go on."),
    (
        FormField("blocker_id", "", Control.HIDDEN),
        FormField("at", N_("Closed at"), Control.MOMENT, is_required=True),
        _REMARK,
    ),
    place=Place.AT_A_BLOCKER,
    fixed={"action": "close"},
)
OVERRIDE = OrderForm(
    "override",
    commands.Transition,
    N_("Override the status"),
    N_("Recording…"),
    N_("Moves the order past the table of transitions. It leads to no status of the invoice and not past the gate."),
    (
        FormField(
            "to",
            N_("New status"),
            Control.SELECT,
            is_required=True,
            options={status: STATUSES[status] for status in OrderStatus if status not in OF_THE_INVOICE},
        ),
        _REASON,
        FormField("remark", N_("Remark"), Control.AREA, is_required=True),
        FormField("evidence", N_("Screenshot or file"), Control.FILE, is_required=True, hint=FILES),
    ),
    role=Role.ADMIN,
    place=Place.DANGER,
    fixed={"override": True},
)
_OF_DOCKETS = {
    Through.RECEIVE_DOCKET: (RECEIVE,),
    Through.REVIEW_DOCKET: (VALID, SEND_BACK),
    Through.UPLOAD_DOCKET: (UPLOAD,),
    Through.REJECT_DOCKET: (REJECT,),
}


def forms_of(order: Order) -> tuple[OrderForm, ...]:
    """Return the commands that the state of the order permits; none while it stands on an invoice or is final."""
    if order.is_final or order.invoice_id is not None:
        return ()
    edges = [edge for edge in EDGES if edge.source is order.status and edge.role is not None]
    through = dict.fromkeys(edge.through for edge in edges)
    dockets = [form for each in through for form in _OF_DOCKETS.get(each, ())]
    moves = [_transition(edge) for edge in edges if edge.through is Through.TRANSITION and _may_follow(order, edge)]
    closing = (CLOSE_BLOCKER,) if order.open_blockers else ()
    return (*moves, *dockets, OPEN_BLOCKER, *closing, OVERRIDE)


def form_named(order: Order, name: str, to: str) -> OrderForm | None:
    """Return the form of a command in the present state of the order; a transition is named with its status."""
    found = [form for form in forms_of(order) if form.name == name]
    return next((form for form in found if name != Through.TRANSITION or form.fixed["to"] == to), None)


def _transition(edge: Edge) -> OrderForm:
    label, text = _TO[edge.to]
    fields = tuple(field for need in edge.needs for field in _FIELDS.get(need, ()))
    role = edge.role
    assert role is not None, "an invoice needs no form"
    return OrderForm(
        Through.TRANSITION.value,
        commands.Transition,
        label,
        N_("Recording…"),
        text,
        (*fields, _REMARK),
        role=role,
        place=_place(edge.to),
        fixed={"to": edge.to.value},
        is_primary=_place(edge.to) is Place.MAIN,
    )


def _place(to: OrderStatus) -> Place:
    if to is OrderStatus.CANCELLED:
        return Place.DANGER
    aside = (OrderStatus.RESCHEDULE_PENDING_APPROVAL, OrderStatus.BLOCKER)
    return Place.MORE if to in aside else Place.MAIN


def _may_follow(order: Order, edge: Edge) -> bool:
    """Return whether what the order itself must have is there; what a person enters is checked with the command."""
    if Needs.OPEN_BLOCKER in edge.needs:
        return bool(order.open_blockers)
    return Needs.NO_BLOCKERS not in edge.needs or not order.open_blockers
