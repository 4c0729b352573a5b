"""When a file may make a new version of a bill that is there (docs/specification/bills.md 4.1 and 6)."""

from models.bills.bill import Bill
from models.bills.file_content import BillHead


def refusal_of(standing: Bill, head: BillHead, sha256: str) -> str | None:
    """Return why the file may not change the bill; None if it may. The bill's own file may always be read again."""
    name = standing.number or standing.key.provider_invoice_id
    if standing.key.account != head.account:
        return (
            f"The bill {name} of {standing.issuer} belongs to the account {standing.key.account}, and this file was "
            f"given for the account {head.account}. Upload it for the account {standing.key.account}."
        )
    if standing.file.sha256 == sha256:
        return None
    if standing.currency != head.currency:
        return (
            f"The bill {name} of {standing.issuer} is in {standing.currency}, and this file is in {head.currency}. One "
            "bill has one currency."
        )
    if head.line_count < standing.line_count:
        return (
            f"The bill {name} of {standing.issuer} has {standing.line_count} lines, and this file has only "
            f"{head.line_count}. A corrected file has all lines of the bill; export it again as a whole."
        )
    return None
