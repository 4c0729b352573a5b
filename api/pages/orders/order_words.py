"""The words of the desk for orders and dockets: statuses, types, views, and the conditions of the gate."""

from collections.abc import Mapping
from types import MappingProxyType

from api.pages.languages import N_
from models.partners.dockets.docket import DocketState
from models.partners.order_type import OrderType
from models.partners.orders.intake import Outcome
from models.partners.orders.selection import OrderTab
from models.partners.orders.status import OrderStatus
from models.partners.readiness import ObstacleCode

STATUSES: Mapping[OrderStatus, str] = MappingProxyType(
    {
        OrderStatus.PENDING: N_("Pending"),
        OrderStatus.ASSIGNED: N_("Assigned"),
        OrderStatus.ON_THE_WAY: N_("On the way"),
        OrderStatus.MET_CUSTOMER: N_("Met customer"),
        OrderStatus.ORDER_COMPLETED: N_("Order completed"),
        OrderStatus.DOCKETS_RECEIVED: N_("Dockets received"),
        OrderStatus.DOCKETS_VERIFIED: N_("Dockets verified"),
        OrderStatus.DOCKETS_UPLOADED: N_("Dockets uploaded"),
        OrderStatus.READY_FOR_INVOICE: N_("Ready for invoice"),
        OrderStatus.INVOICED: N_("Invoiced"),
        OrderStatus.SUBMITTED_TO_PORTAL: N_("Submitted to portal"),
        OrderStatus.COMPLETED: N_("Completed"),
        OrderStatus.BLOCKER: N_("Blocker"),
        OrderStatus.RESCHEDULE_PENDING_APPROVAL: N_("Reschedule waits for approval"),
        OrderStatus.DOCKETS_REJECTED: N_("Dockets rejected"),
        OrderStatus.REJECTED: N_("Invoice rejected"),
        OrderStatus.REINVOICE: N_("Corrected in the portal"),
        OrderStatus.CANCELLED: N_("Cancelled"),
    }
)
# The look of a status; `desk.css` has one colour for each.
LOOKS: Mapping[OrderStatus, str] = MappingProxyType(
    {
        **dict.fromkeys(OrderStatus, "draft"),
        OrderStatus.ORDER_COMPLETED: "review",
        OrderStatus.DOCKETS_RECEIVED: "review",
        OrderStatus.DOCKETS_VERIFIED: "review",
        OrderStatus.DOCKETS_UPLOADED: "approved",
        OrderStatus.READY_FOR_INVOICE: "approved",
        OrderStatus.INVOICED: "sent",
        OrderStatus.SUBMITTED_TO_PORTAL: "sent",
        OrderStatus.REINVOICE: "sent",
        OrderStatus.COMPLETED: "paid",
        OrderStatus.BLOCKER: "blocked",
        OrderStatus.RESCHEDULE_PENDING_APPROVAL: "blocked",
        OrderStatus.DOCKETS_REJECTED: "failed",
        OrderStatus.REJECTED: "failed",
        OrderStatus.CANCELLED: "void",
    }
)
TYPES: Mapping[OrderType, str] = MappingProxyType(
    {
        OrderType.ACTIVATION: N_("Activation"),
        OrderType.MODIFICATION_INDOOR: N_("Modification, indoor"),
        OrderType.MODIFICATION_OUTDOOR: N_("Modification, outdoor"),
        OrderType.ASSURANCE: N_("Assurance"),
        OrderType.VALUE_ADDED_SERVICE: N_("Value-added service"),
        OrderType.SDU: N_("SDU"),
        OrderType.RDF_POLE: N_("RDF pole"),
        OrderType.CANCELLATION: N_("Cancellation"),
    }
)
VIEWS: Mapping[OrderTab, str] = MappingProxyType(
    {
        OrderTab.ALL: N_("All"),
        OrderTab.TO_INVOICE: N_("To invoice"),
        OrderTab.IN_THE_FIELD: N_("In the field"),
        OrderTab.DOCKETS: N_("Dockets"),
        OrderTab.TO_CORRECT: N_("Dockets to correct"),
        OrderTab.BLOCKED: N_("Blocked"),
        OrderTab.INVOICED: N_("Invoiced"),
        OrderTab.COMPLETED: N_("Completed"),
    }
)
DOCKETS: Mapping[DocketState, str] = MappingProxyType(
    {
        DocketState.AWAITING_DOCKET: N_("awaited"),
        DocketState.DOCKET_RECEIVED: N_("received, to be reviewed"),
        DocketState.DOCKET_REVIEWED: N_("reviewed, to be uploaded"),
        DocketState.DOCKET_UPLOADED: N_("uploaded to the partner"),
        DocketState.READY_FOR_INVOICE: N_("on an invoice"),
        DocketState.DOCKET_CORRECTION: N_("sent back for correction"),
        DocketState.PARTNER_REJECTED: N_("rejected by the partner"),
        DocketState.CORRECTION_RESUBMITTED: N_("corrected, to be reviewed"),
    }
)
DOCKET_LOOKS: Mapping[DocketState, str] = MappingProxyType(
    {
        **dict.fromkeys(DocketState, "review"),
        DocketState.AWAITING_DOCKET: "draft",
        DocketState.DOCKET_UPLOADED: "paid",
        DocketState.READY_FOR_INVOICE: "paid",
        DocketState.DOCKET_CORRECTION: "failed",
        DocketState.PARTNER_REJECTED: "failed",
    }
)
# The conditions of the gate as a checklist, in the order of docs/specification/orders.md 5.
CONDITIONS: Mapping[str, str] = MappingProxyType(
    {
        ObstacleCode.WRONG_STATUS: N_("The status allows an invoice"),
        ObstacleCode.DOCKET_NOT_VALIDATED: N_("The docket is validated"),
        ObstacleCode.SPLITTER_PORT_MISSING: N_("The splitter port is assigned"),
        ObstacleCode.MATERIALS_NOT_LOGGED: N_("The materials are recorded"),
        ObstacleCode.OPEN_BLOCKER: N_("There are no blockers"),
        ObstacleCode.COMPLETION_TIME_MISSING: N_("The completion time is present"),
        ObstacleCode.TTKT_MISSING: N_("The ticket (TTKT) is there"),
        ObstacleCode.AWO_MISSING: N_("The AWO is there"),
        ObstacleCode.STANDBY_PORT_NOT_APPROVED: N_("The standby port is approved"),
        ObstacleCode.RMA_NOT_APPROVED: N_("Each replacement is approved"),
        ObstacleCode.ORDER_TYPE_NOT_SUPPORTED: N_("The partner is invoiced for this type"),
        ObstacleCode.ON_LIVE_INVOICE: N_("It is on no other invoice"),
        ObstacleCode.OTHER_PARTNER: N_("It is of this partner"),
        "rate": N_("The rate card has a rate"),
        "kpi": N_("The KPI rule can be applied"),
        "no_terms": N_("The settings are complete"),
    }
)
ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "receive_order": N_("Received from the source system"),
        "receive_version": N_("Updated by the source system"),
        "transition": N_("Moved"),
        "receive_docket": N_("Docket received"),
        "review_docket": N_("Docket reviewed"),
        "upload_docket": N_("Docket uploaded"),
        "reject_docket": N_("Docket rejected by the partner"),
        "open_blocker": N_("Blocker opened"),
        "close_blocker": N_("Blocker closed"),
        "log_materials": N_("Materials recorded"),
        "claim_for_invoice": N_("Put on an invoice"),
        "release_from_invoice": N_("Taken off an invoice"),
        "mark_invoiced": N_("Invoiced"),
        "mark_submitted": N_("Submitted to portal"),
        "mark_completed": N_("Completed"),
        "return_to_ready": N_("Given back by the invoice"),
    }
)
OUTCOMES: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.CREATED: N_("new"),
        Outcome.UPDATED: N_("updated"),
        Outcome.REPEATED: N_("unchanged"),
        Outcome.IGNORED: N_("older, ignored"),
        Outcome.REFUSED: N_("refused"),
    }
)


def condition_of(code: str) -> str:
    """Return the condition of the checklist that an obstacle belongs to."""
    return code if code in CONDITIONS else code.partition("_")[0]
