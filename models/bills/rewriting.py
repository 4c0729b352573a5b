"""When a file may make a new version of a bill that is there (docs/specification/bills.md 4.1 and 6)."""

from typing import Final

from models.bills.bill import Bill, BillStatus, SourceFile
from models.bills.file_content import BillHead
from models.bills.problem import Problem

# A file of these formats has the whole month of an account, with the cost that is not invoiced yet.
WHOLE_MONTHS: Final = frozenset({"focus", "aws_cur"})


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
    if standing.status is not BillStatus.OPEN and head.line_count < standing.line_count:
        return (
            f"The bill {name} of {standing.issuer} has {standing.line_count} lines, and this file has only "
            f"{head.line_count}. A corrected file has all lines of the bill; export it again as a whole."
        )
    return None


def takes_place_of(invoice: BillHead, source: SourceFile, standing: Bill, is_in_file: bool) -> bool:
    """Return whether the invoice of a file takes the place of an open bill; `is_in_file`: the file has it as well.

    The cost of an open bill is not invoiced yet. It is invoiced when the file of the bill is read again with the id of
    its invoice, or when a newer file of the whole month has an invoice and no cost without one.
    """
    if standing.status is not BillStatus.OPEN or invoice.status is not BillStatus.ISSUED or is_in_file:
        return False
    of_the_month = (invoice.issuer, invoice.currency, invoice.period_start)
    if of_the_month != (standing.issuer, standing.currency, standing.period_start):
        return False
    if standing.file.sha256 == source.sha256:
        return True
    is_whole = source.format in WHOLE_MONTHS and source.format == standing.file.format
    return is_whole and invoice.account == standing.key.account


def voided(standing: Bill, invoice: BillHead) -> Bill:
    """Return the open bill without its claim to be paid; its last problem names the invoice that has its cost."""
    message = f"Its cost is on the invoice {invoice.number or invoice.provider_invoice_id}."
    problems = (*standing.problems, Problem(code="invoiced", message=message))
    return standing.model_copy(update={"status": BillStatus.VOIDED, "problems": problems})
