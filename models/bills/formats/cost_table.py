"""The lines around a Google cost table: key and value before its header, totals after its rows.

See docs/specification/bills.md 4.6.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from models.bills.formats.amounts import SYMBOLS, DecimalMark, exact_amount, marked_by
from models.bills.formats.facts import FileFacts
from models.bills.formats.layout import plain_name
from models.bills.formats.moments import moment, month_after, month_of
from models.bills.problem import Problem

FOOTERS = {"rounding error", "total", "subtotal"}
_TOTALS = ("totalamountdue", "invoicetotal", "totalcost", "total", "amountdue")


def preamble_facts(records: Sequence[Sequence[str]], header: Sequence[str]) -> FileFacts:
    """Return what the records before the header state. A header such as `Cost (€)` tells the currency as well."""
    stated = {plain_name(record[0]): record[1].strip() for record in records if len(record) > 1 and record[1].strip()}
    month = month_of(stated.get("invoicemonth", ""))
    total_text = next((stated[name] for name in _TOTALS if name in stated), None)
    total, problems = _total(total_text)
    return FileFacts(
        invoice_id=stated.get("invoicenumber"),
        number=stated.get("invoicenumber"),
        account=stated.get("billingaccountid") or stated.get("billingid"),
        currency=stated.get("currency") or _currency_of_header(header),
        period_start=month,
        period_end=month_after(month) if month else None,
        issued_at=_issued_at(stated.get("invoicedate")),
        stated_total=total,
        problems=problems,
    )


def is_footer(record: Sequence[str], cost_type_place: int, amount_places: Sequence[int]) -> bool:
    """Return whether the record is a total of the table: a word under the cost type, amounts, and nothing else."""
    filled = {place for place, text in enumerate(record) if text.strip()}
    word = record[cost_type_place].strip().lower() if cost_type_place < len(record) else ""
    return word in FOOTERS and filled <= {cost_type_place, *amount_places}


def _total(text: str | None) -> tuple[Decimal | None, tuple[Problem, ...]]:
    if text is None:
        return None, ()
    try:
        return exact_amount(text, marked_by([text]) or DecimalMark.POINT), ()
    except ValueError as error:
        message = f"The total before the table cannot be read, because {error}. Correct it, or export the table again."
        problem = Problem(code="stated_total_unreadable", message=message, value=text[:100], contradicts_total=True)
        return None, (problem,)


def _currency_of_header(header: Sequence[str]) -> str | None:
    """Return the currency of `Cost (€)` or `Cost (EUR)`. A dollar sign alone could be one of several currencies."""
    for column in header:
        bracket = column.rpartition("(")[2].rstrip(") ")
        if plain_name(column).startswith("cost") and column.rstrip().endswith(")"):
            if len(bracket) == 3 and bracket.isupper():
                return bracket
            if bracket != "$" and bracket in SYMBOLS:
                return SYMBOLS[bracket]
    return None


def _issued_at(text: str | None) -> datetime | None:
    try:
        return moment(text) if text else None
    except ValueError:
        return None
