"""The words of the desk for the names in the rules of payables. English; templates translate."""

from collections.abc import Mapping
from types import MappingProxyType

from api.pages.languages import N_
from models.bills.payable import PayableStatus

STATUSES: Mapping[PayableStatus, str] = MappingProxyType(
    {
        PayableStatus.RECEIVED: N_("Received"),
        PayableStatus.APPROVED: N_("Approved"),
        PayableStatus.SCHEDULED: N_("Scheduled"),
        PayableStatus.PAID: N_("Paid"),
    }
)
STATUS_LOOKS: Mapping[PayableStatus, str] = MappingProxyType(
    {
        PayableStatus.RECEIVED: "review",
        PayableStatus.APPROVED: "approved",
        PayableStatus.SCHEDULED: "sent",
        PayableStatus.PAID: "paid",
    }
)
# The actions of the log of a payable.
ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "import": N_("Received from another service"),
        "approve": N_("Approved"),
        "schedule": N_("Payment scheduled"),
        "mark_paid": N_("Marked as paid"),
        "lock": N_("Locked"),
        "unlock": N_("Unlocked"),
    }
)
FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "status": N_("Status"),
        "approved_by": N_("Approved by"),
        "scheduled_for": N_("To be paid on"),
        "paid_on": N_("Paid on"),
        "payment_reference": N_("Reference of the bank"),
        "lock_reason": N_("Reason of the lock"),
        "due_date": N_("Due"),
        "external_number": N_("Number"),
        "line_count": N_("Lines"),
        "net_minor": N_("Net, in minor units"),
        "tax_minor": N_("Tax, in minor units"),
        "gross_minor": N_("Gross, in minor units"),
        "version": N_("Version"),
        "vendor": N_("Vendor"),
        "currency": N_("Currency"),
    }
)
