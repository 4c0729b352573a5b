"""The words of the desk for the names in the rules of vendor bills. English; templates translate."""

from collections.abc import Mapping
from types import MappingProxyType

from api.bills.schemas import FileState, GroupBy
from api.pages.languages import N_
from models.bills.allocation.allocation import AllocationSource
from models.bills.allocation.rule import TargetKind
from models.bills.anomalies import AnomalyKind
from models.bills.bill import BillStatus, PushState
from models.bills.cost_line import ChargeCategory
from models.bills.diff import LineChange
from models.bills.matching.match import KeyKind, MatchReason, Outcome
from models.bills.monthly_costs import MonthsBy
from models.bills.ports import WriteOutcome

STATUSES: Mapping[BillStatus, str] = MappingProxyType(
    {BillStatus.OPEN: N_("Month to date"), BillStatus.ISSUED: N_("Issued"), BillStatus.VOIDED: N_("Voided")}
)
STATUS_LOOKS: Mapping[BillStatus, str] = MappingProxyType(
    {BillStatus.OPEN: "draft", BillStatus.ISSUED: "approved", BillStatus.VOIDED: "void"}
)
PUSHES: Mapping[PushState, str] = MappingProxyType(
    {
        PushState.PENDING: N_("to be pushed"),
        PushState.PUSHED: N_("pushed"),
        PushState.HELD: N_("held back"),
        PushState.SKIPPED: N_("not configured"),
        PushState.FAILED: N_("refused by finance"),
    }
)
PUSH_LOOKS: Mapping[PushState, str] = MappingProxyType(
    {
        PushState.PENDING: "sent",
        PushState.PUSHED: "paid",
        PushState.HELD: "blocked",
        PushState.SKIPPED: "draft",
        PushState.FAILED: "failed",
    }
)
CATEGORIES: Mapping[ChargeCategory, str] = MappingProxyType(
    {
        ChargeCategory.USAGE: N_("Usage"),
        ChargeCategory.PURCHASE: N_("Purchase"),
        ChargeCategory.TAX: N_("Tax"),
        ChargeCategory.CREDIT: N_("Credit"),
        ChargeCategory.ADJUSTMENT: N_("Adjustment"),
    }
)
GROUPS: Mapping[GroupBy, str] = MappingProxyType(
    {
        GroupBy.SERVICE: N_("Service"),
        GroupBy.PROJECT: N_("Project"),
        GroupBy.CATEGORY: N_("Category"),
        GroupBy.RESOURCE: N_("Resource"),
        GroupBy.REGION: N_("Region"),
        GroupBy.ACCOUNT: N_("Sub-account"),
    }
)
FILE_STATES: Mapping[FileState, str] = MappingProxyType(
    {
        FileState.READING: N_("being read"),
        FileState.WRITING: N_("bills are being written"),
        FileState.DONE: N_("done"),
        FileState.REFUSED: N_("holds no bill"),
        FileState.FAILED: N_("failed"),
    }
)
FILE_LOOKS: Mapping[FileState, str] = MappingProxyType(
    {
        FileState.READING: "sent",
        FileState.WRITING: "sent",
        FileState.DONE: "paid",
        FileState.REFUSED: "failed",
        FileState.FAILED: "failed",
    }
)
# `waiting` is the name for the bills of a file that have no outcome yet.
WRITES: Mapping[str, str] = MappingProxyType(
    {
        WriteOutcome.CREATED: N_("new"),
        WriteOutcome.CORRECTED: N_("corrected"),
        WriteOutcome.UNCHANGED: N_("unchanged"),
        WriteOutcome.REFUSED: N_("refused"),
        "waiting": N_("waiting"),
    }
)
WRITE_LOOKS: Mapping[str, str] = MappingProxyType(
    {
        WriteOutcome.CREATED: "paid",
        WriteOutcome.CORRECTED: "approved",
        WriteOutcome.UNCHANGED: "draft",
        WriteOutcome.REFUSED: "failed",
        "waiting": "sent",
    }
)
# The steps of reading a file, as the heartbeats of its activities name them.
STEPS: Mapping[str, str] = MappingProxyType(
    {
        "fetch the file": N_("The file is fetched from the store"),
        "store the lines": N_("The lines are stored"),
        "bills started": N_("The bills are started"),
        "lines written": N_("The lines are written"),
        "items fetched": N_("The items are fetched from the provider"),
        "rows read": N_("Rows are read"),
    }
)
OUTCOMES: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.MATCHED: N_("A resource"),
        Outcome.SHARED: N_("Shared: of no single resource"),
        Outcome.IGNORED: N_("Needs no resource"),
        Outcome.UNMATCHED: N_("Unmatched"),
    }
)
KEY_KINDS: Mapping[KeyKind, str] = MappingProxyType(
    {KeyKind.ID: N_("provider's id"), KeyKind.NAME: N_("name"), KeyKind.TEXT: N_("description")}
)
REASONS: Mapping[MatchReason, str] = MappingProxyType(
    {
        MatchReason.SETTLED: N_("settled by a person"),
        MatchReason.RESOURCE_ID: N_("the provider's id fits"),
        MatchReason.NAME_AND_SIZE: N_("name and size fit"),
        MatchReason.NAME: N_("the name fits; a size is missing"),
        MatchReason.NAME_OTHER_SIZE: N_("the name fits, the size is another one"),
        MatchReason.NAME_OTHER_ID: N_("the name fits, the provider's id is another one"),
        MatchReason.AMBIGUOUS: N_("several resources fit equally well"),
        MatchReason.SETTLED_NOT_VALID: N_("settled as a resource that is not valid in the period of the bill"),
        MatchReason.NOT_KNOWN: N_("no resource fits"),
    }
)
TARGETS: Mapping[TargetKind, str] = MappingProxyType(
    {
        TargetKind.CONTRACT: N_("Contract"),
        TargetKind.PROJECT: N_("Project"),
        TargetKind.UNALLOCATED: N_("Not allocated"),
    }
)
SOURCES: Mapping[AllocationSource, str] = MappingProxyType(
    {
        AllocationSource.RULE: N_("by a rule"),
        AllocationSource.RESOURCE: N_("by its resource"),
        AllocationSource.NONE: N_("by nothing"),
    }
)
ANOMALIES: Mapping[AnomalyKind, str] = MappingProxyType(
    {
        AnomalyKind.COST_CHANGED: N_("Cost changed"),
        AnomalyKind.NEW_RESOURCE: N_("New resource"),
        AnomalyKind.VANISHED_RESOURCE: N_("Resource gone"),
        AnomalyKind.VANISHED_CREDIT: N_("Credit gone"),
    }
)
CHANGES: Mapping[LineChange, str] = MappingProxyType(
    {LineChange.ADDED: N_("added"), LineChange.REMOVED: N_("removed"), LineChange.CHANGED: N_("changed")}
)
# The fields of a bill, as a difference of versions names them.
BILL_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "number": N_("Number"),
        "issuer": N_("Issued by"),
        "currency": N_("Currency"),
        "period_start": N_("Beginning of the period"),
        "period_end": N_("End of the period"),
        "issued_at": N_("Issued"),
        "status": N_("Status"),
        "stated_total": N_("Total that the file states"),
        "problems": N_("What does not fit"),
    }
)
MONTHS_BY: Mapping[MonthsBy, str] = MappingProxyType(
    {MonthsBy.PROVIDER: N_("Provider"), MonthsBy.SERVICE: N_("Service")}
)
