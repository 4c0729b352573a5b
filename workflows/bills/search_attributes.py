"""The search attributes of vendor bills. The period and the number have the attributes of invoices.

SQL visibility allows ten keywords per namespace; invoices have six (docs/specification/temporal.md 5).
"""

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from models.bills.bill import BillKey
from models.bills.ingest import BillReport

STATUS = SearchAttributeKey.for_keyword("BillStatus")
PROVIDER = SearchAttributeKey.for_keyword("BillProvider")
# Those of invoices, so that one query finds everything of a month.
PERIOD = SearchAttributeKey.for_keyword("InvoicePeriod")
NUMBER = SearchAttributeKey.for_keyword("InvoiceNumber")

ALL = (STATUS, PROVIDER)
_SHOWN = (STATUS, PROVIDER, PERIOD, NUMBER)


def values(key: BillKey, report: BillReport) -> dict[str, str | None]:
    """Return the values by attribute name; None where the bill has no value."""
    written = report.written
    return {
        STATUS.name: report.status,
        PROVIDER.name: key.provider,
        PERIOD.name: written.period if written else None,
        NUMBER.name: written.number if written else None,
    }


def updates(before: dict[str, str | None], after: dict[str, str | None]) -> list[SearchAttributeUpdate[str]]:
    """Return the changed values for one upsert."""
    changed = [key for key in _SHOWN if before.get(key.name) != after[key.name]]
    return [key.value_unset() if (value := after[key.name]) is None else key.value_set(value) for key in changed]
