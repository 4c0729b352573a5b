"""The words of the margin pages for the names in the rules. English; templates translate."""

from collections.abc import Mapping
from types import MappingProxyType

from api.pages.languages import N_
from models.quotes.margins.entries import EntryKind
from models.quotes.margins.remedies import RemedyField
from models.quotes.margins.rows import GroupBy
from models.quotes.margins.write_offs import WriteOffCause

GROUPS: Mapping[GroupBy, str] = MappingProxyType(
    {
        GroupBy.CONTRACT: N_("Contracts"),
        GroupBy.CLIENT: N_("Clients"),
        GroupBy.INVOICE: N_("Invoices"),
        GroupBy.EMPLOYEE: N_("People"),
        GroupBy.PROJECT: N_("Projects"),
        GroupBy.MONTH: N_("Months"),
    }
)
ONE_OF: Mapping[GroupBy, str] = MappingProxyType(
    {
        GroupBy.CONTRACT: N_("Contract"),
        GroupBy.CLIENT: N_("Client"),
        GroupBy.INVOICE: N_("Invoice"),
        GroupBy.EMPLOYEE: N_("Person"),
        GroupBy.PROJECT: N_("Project"),
        GroupBy.MONTH: N_("Month"),
    }
)
NONE_OF: Mapping[GroupBy, str] = MappingProxyType(
    {
        GroupBy.INVOICE: N_("Work without an invoice"),
        GroupBy.EMPLOYEE: N_("Nobody's work"),
        GroupBy.PROJECT: N_("Of no project"),
    }
)
CAUSES: Mapping[WriteOffCause, str] = MappingProxyType(
    {
        WriteOffCause.EXCLUDED: N_("Excluded people"),
        WriteOffCause.OVERHEAD_ONLY: N_("People who are overhead"),
        WriteOffCause.INTERNAL: N_("Internal projects"),
        WriteOffCause.OVERHEAD: N_("Overhead projects"),
        WriteOffCause.REMOVED: N_("Removed from an invoice"),
        WriteOffCause.REDUCED: N_("Changed on an invoice"),
        WriteOffCause.FIXED_PRICE: N_("Beyond a fixed price"),
        WriteOffCause.MINIMUM: N_("The minimum of half an hour"),
    }
)
KINDS: Mapping[EntryKind, str] = MappingProxyType(
    {
        EntryKind.WORK: N_("billed"),
        EntryKind.RESOLD: N_("resold cost"),
        EntryKind.OTHER: N_("without work"),
        EntryKind.OPEN: N_("not invoiced yet"),
        EntryKind.UNBILLED: N_("not billed"),
    }
)
REMEDIES: Mapping[RemedyField, str] = MappingProxyType(
    {
        RemedyField.HOURLY_RATE: N_("Hourly rate"),
        RemedyField.BASE_AMOUNT: N_("Base of a month"),
        RemedyField.MONTHLY_LIMIT_HOURS: N_("Limit of a month, in hours"),
    }
)
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "period_from": N_("Period from"),
        "period_to": N_("Period to"),
        "currency": N_("Convert to"),
        "customer_key": N_("Client key"),
        "application_key": N_("Contract key"),
        "invoice_id": N_("Invoice"),
        "account_id": N_("Account of the person"),
        "project": N_("Project"),
        "target_percent": N_("Target in per cent"),
    }
)
