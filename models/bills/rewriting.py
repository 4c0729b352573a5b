"""When a file may make a new version of a bill that is there (docs/specification/bills.md 4.1 and 6)."""

from typing import Final

from models.bills.bill import Bill, BillStatus
from models.bills.file_content import BillHead, FileContent

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


def replaced_by(standing: Bill, content: FileContent, sha256: str) -> BillHead | None:
    """Return the invoice of the file that takes the place of an open bill; None if the bill stays.

    The cost of an open bill is not invoiced yet. It is invoiced when the file of the bill is read again with the id of
    its invoice, or when a newer file of the whole month has an invoice and no cost without one.
    """
    if standing.status is not BillStatus.OPEN or any(_is_same(standing, head) for head in content.bills):
        return None
    is_same_file = standing.file.sha256 == sha256
    is_newer_file = content.format in WHOLE_MONTHS and content.format == standing.file.format
    if not is_same_file and not is_newer_file:
        return None
    of_the_month = (
        head
        for head in content.bills
        if head.status is BillStatus.ISSUED
        and (head.issuer, head.currency, head.period_start)
        == (standing.issuer, standing.currency, standing.period_start)
        and (is_same_file or head.account == standing.key.account)
    )
    return next(of_the_month, None)


def _is_same(standing: Bill, head: BillHead) -> bool:
    key = standing.key
    return (key.provider, key.provider_invoice_id) == (head.provider, head.provider_invoice_id)
