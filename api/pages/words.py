"""The words of the desk for the names in the rules: statuses, effects, actions, roles. English; templates translate."""

from collections.abc import Mapping
from types import MappingProxyType

from api.pages.languages import N_
from models.access.roles import Role
from models.contracts.contract import DealType
from models.contracts.rate_rule import Tier
from models.invoice.content.lines import LineType
from models.invoice.effects import EffectName, EffectState
from models.invoice.payments.kinds import WriteOffKind
from models.invoice.portal.replacement import LineChangeKind
from models.invoice.portal.submission import PortalStatus, RejectionCode
from models.invoice.status import Kind, Status
from models.issuer.deadlines import WaitKind
from models.partners.kpi.evaluation import KpiResult
from models.values.document_options import Channel

STATUSES: Mapping[Status, str] = MappingProxyType(
    {
        Status.DRAFT: N_("Draft"),
        Status.NEEDS_REVIEW: N_("Needs review"),
        Status.DECLINED: N_("Declined"),
        Status.APPROVED: N_("Approved"),
        Status.SENT: N_("Sent"),
        Status.ACCEPTED: N_("Accepted"),
        Status.UPLOADED: N_("Uploaded"),
        Status.AWAITING_PAYMENT: N_("Awaiting payment"),
        Status.REJECTED: N_("Rejected"),
        Status.PAID: N_("Paid"),
        Status.CLOSED: N_("Closed"),
        Status.VOID: N_("Void"),
        Status.DISCARDED: N_("Discarded"),
    }
)
# The look of a status; `desk.css` has one colour for each.
LOOKS: Mapping[Status, str] = MappingProxyType(
    {
        Status.DRAFT: "draft",
        Status.DISCARDED: "draft",
        Status.NEEDS_REVIEW: "review",
        Status.DECLINED: "review",
        Status.APPROVED: "approved",
        Status.SENT: "sent",
        Status.ACCEPTED: "sent",
        Status.UPLOADED: "sent",
        Status.AWAITING_PAYMENT: "sent",
        Status.PAID: "paid",
        Status.CLOSED: "paid",
        Status.REJECTED: "failed",
        Status.VOID: "void",
    }
)
KINDS: Mapping[Kind, str] = MappingProxyType({Kind.SERVICE: N_("Service"), Kind.PARTNER: N_("Partner")})
ROLES: Mapping[Role, str] = MappingProxyType(
    {
        Role.VIEWER: N_("viewer"),
        Role.EDITOR: N_("editor"),
        Role.MANAGER: N_("manager"),
        Role.ADMIN: N_("admin"),
    }
)
DEALS: Mapping[DealType, str] = MappingProxyType(
    {DealType.SUP: N_("Support"), DealType.HR: N_("Hourly"), DealType.FP: N_("Fixed price")}
)
CHANNELS: Mapping[Channel, str] = MappingProxyType(
    {Channel.DIDOX: N_("Didox, as an act"), Channel.EMAIL: N_("E-mail"), Channel.DIDOX_PDF: N_("Didox, as a PDF")}
)
LINE_TYPES: Mapping[LineType, str] = MappingProxyType(
    {
        LineType.SUPPORT: N_("support"),
        LineType.FIXED: N_("fixed price"),
        LineType.OVERTIME: N_("overtime"),
        LineType.TASK: N_("task"),
        LineType.JOB: N_("job"),
        LineType.MATERIALS: N_("materials"),
        LineType.KPI: N_("KPI"),
        LineType.OTHER: N_("other"),
        LineType.CLOUD: N_("cloud"),
    }
)
EFFECTS: Mapping[EffectName, str] = MappingProxyType(
    {
        EffectName.REDRAFT: N_("Contract data"),
        EffectName.FACTS_CHECK: N_("Check for late work"),
        EffectName.NUMBER: N_("Number"),
        EffectName.DOCUMENT: N_("Document"),
        EffectName.ARCHIVE: N_("Archive"),
        EffectName.ARCHIVE_KEEP: N_("Archive, kept"),
        EffectName.ACCOUNTING: N_("PlanFact"),
        EffectName.ACCOUNTING_REVERSAL: N_("PlanFact, reversal"),
        EffectName.NOTICE: N_("Notice to finance"),
        EffectName.EMAIL: N_("E-mail"),
        EffectName.EINVOICE: N_("Didox"),
        EffectName.EINVOICE_SIGNATURE: N_("Didox, our signature"),
        EffectName.EINVOICE_ANSWER: N_("Didox, answer of the client"),
        EffectName.EINVOICE_CANCEL: N_("Didox, cancellation"),
        EffectName.REMINDER: N_("Reminder"),
        EffectName.PAYMENT_POSTING: N_("PlanFact, payment"),
        EffectName.PAYMENT_REVERSAL: N_("PlanFact, payment taken back"),
        EffectName.BOUNCE_NOTICE: N_("Notice of a returned letter"),
        EffectName.EINVOICE_SEND: N_("Didox, sending"),
        EffectName.DEADLINE_NOTICE: N_("Notice of a deadline"),
        EffectName.EINVOICE_CHECK: N_("Didox, check"),
        EffectName.ORDERS_INVOICED: N_("Orders, invoiced"),
        EffectName.ORDERS_SUBMITTED: N_("Orders, submitted"),
        EffectName.ORDERS_COMPLETED: N_("Orders, completed"),
        EffectName.ORDERS_RETURNED: N_("Orders, given back"),
        EffectName.REVENUE: N_("Revenue"),
        EffectName.REVENUE_REVERSAL: N_("Revenue, reversal"),
    }
)
# These say nothing about another system once they are done.
INTERNAL_EFFECTS = frozenset({EffectName.NUMBER, EffectName.DOCUMENT, EffectName.REDRAFT, EffectName.FACTS_CHECK})
EFFECT_STATES: Mapping[EffectState, str] = MappingProxyType(
    {
        EffectState.PENDING: N_("waiting"),
        EffectState.DONE: N_("done"),
        EffectState.UNKNOWN: N_("outcome unknown"),
        EffectState.FAILED: N_("failed"),
        EffectState.SKIPPED: N_("skipped"),
    }
)
EFFECT_LOOKS: Mapping[EffectState, str] = MappingProxyType(
    {
        EffectState.PENDING: "sent",
        EffectState.DONE: "paid",
        EffectState.UNKNOWN: "blocked",
        EffectState.FAILED: "failed",
        EffectState.SKIPPED: "draft",
    }
)
WRITE_OFFS: Mapping[WriteOffKind, str] = MappingProxyType(
    {
        WriteOffKind.FEE: N_("Bank fee"),
        WriteOffKind.ROUNDING: N_("Rounding"),
        WriteOffKind.BAD_DEBT: N_("Bad debt"),
    }
)
PORTAL_STATUSES: Mapping[PortalStatus, str] = MappingProxyType(
    {
        PortalStatus.SUBMITTED: N_("submitted"),
        PortalStatus.PROCESSING: N_("processing"),
        PortalStatus.ACCEPTED: N_("accepted"),
        PortalStatus.REJECTED: N_("rejected"),
    }
)
REJECTIONS: Mapping[RejectionCode, str] = MappingProxyType(
    {
        RejectionCode.WRONG_QUANTITIES: N_("Wrong quantities"),
        RejectionCode.WRONG_RATE: N_("Wrong rate"),
        RejectionCode.WRONG_JOB_CATEGORY: N_("Wrong job category"),
        RejectionCode.WRONG_SPLITTER_OR_SERIAL: N_("Wrong splitter or serial number"),
        RejectionCode.WRONG_SUBMISSION_ID: N_("Wrong submission id"),
        RejectionCode.MISSING_DOCKET_DETAILS: N_("Missing docket details"),
        RejectionCode.MISSING_DOCUMENTS: N_("Missing documents"),
        RejectionCode.DUPLICATE_SUBMISSION: N_("Duplicate submission"),
        RejectionCode.OTHER: N_("Other"),
    }
)
KPI_RESULTS: Mapping[KpiResult, str] = MappingProxyType(
    {KpiResult.ON_TIME: N_("on time"), KpiResult.LATE: N_("late"), KpiResult.EXCEEDED: N_("exceeded")}
)
LINE_CHANGES: Mapping[LineChangeKind, str] = MappingProxyType(
    {
        LineChangeKind.SAME: N_("same"),
        LineChangeKind.CHANGED: N_("changed"),
        LineChangeKind.ADDED: N_("added"),
        LineChangeKind.REMOVED: N_("removed"),
    }
)
LINE_CHANGE_LOOKS: Mapping[LineChangeKind, str] = MappingProxyType(
    {
        LineChangeKind.SAME: "draft",
        LineChangeKind.CHANGED: "blocked",
        LineChangeKind.ADDED: "paid",
        LineChangeKind.REMOVED: "failed",
    }
)
WAITS: Mapping[WaitKind, str] = MappingProxyType(
    {
        WaitKind.REVIEW: N_("Waits for the review"),
        WaitKind.SIGNATURE: N_("Waits for our signature in Didox"),
        WaitKind.BLOCKED_EFFECT: N_("Waits for a decision about what failed"),
        WaitKind.UNKNOWN_OUTCOME: N_("Waits for somebody to find an unknown outcome"),
        WaitKind.LATE_WORK: N_("Waits for a decision about late work"),
    }
)
TIERS: Mapping[Tier, str] = MappingProxyType(
    {
        Tier.STANDARD: N_("standard"),
        Tier.OVERTIME: N_("overtime"),
        Tier.OFF_HOURS: N_("off hours"),
        Tier.CRITICAL: N_("incident P1–P3"),
        Tier.CRITICAL_OFF_HOURS: N_("incident P1–P3, off hours"),
    }
)
