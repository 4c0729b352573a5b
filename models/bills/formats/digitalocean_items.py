"""The answers of DigitalOcean's API as one invoice: its items, and its summary as a check.

See docs/specification/bills.md 4.7. A file holds one answer or a list of answers: the pages of the items, the summary
of the invoice, the invoice as the list of invoices has it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from models.bills.file_content import UnreadableFile
from models.bills.formats.amounts import exact_amount
from models.bills.formats.facts import FileFacts
from models.bills.formats.moments import month_after, month_of
from models.bills.problem import Problem
from models.bills.totals import EXACT

# The columns of the CSV that the items become, and the names of the API.
_FIELDS = (
    ("product", "product"),
    ("group_description", "group_description"),
    ("description", "description"),
    ("hours", "duration"),
    ("duration_unit", "duration_unit"),
    ("start", "start_time"),
    ("end", "end_time"),
    ("USD", "amount"),
    ("project_name", "project_name"),
    ("resource_uuid", "resource_uuid"),
    ("resource_id", "resource_id"),
    ("category", "category"),
)
COLUMNS = tuple(column for column, _ in _FIELDS)
_GROUPS = ("product_charges", "overages", "taxes", "credits_and_adjustments")
PREVIEW = "preview"


def item_rows(answers: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Return the items of all answers as rows with the columns `COLUMNS`. Raises UnreadableFile if there are none."""
    pages = [answer["invoice_items"] for answer in answers if "invoice_items" in answer]
    if not all(isinstance(page, list) and all(isinstance(item, Mapping) for item in page) for page in pages):
        raise UnreadableFile("invoice_items must be a list of items, as DigitalOcean's API answers them.")
    if not pages:
        raise UnreadableFile(
            "The file has no invoice_items. What is needed are all pages of the items of one invoice "
            "(GET /v2/customers/my/invoices/{uuid}); a summary or a list of invoices alone has no lines."
        )
    return [[_text(item.get(name)) for _, name in _FIELDS] for page in pages for item in page]


def items_facts(answers: Iterable[Mapping[str, Any]], rows: list[list[str]]) -> FileFacts:
    """Return what the summary and the envelope state, with a problem if items are missing."""
    facts: dict[str, Any] = {}
    problems: list[Problem] = []
    expected: int | None = None
    for answer in answers:
        facts |= {name: answer[name] for name in ("invoice_uuid", "invoice_id", "amount") if answer.get(name)}
        facts["month"] = answer.get("billing_period") or answer.get("invoice_period") or facts.get("month")
        facts["preview"] = facts.get("preview") or bool(answer.get(PREVIEW)) or "updated_at" in answer
        if "taxes" in answer:
            facts["tax"] = answer["taxes"].get("amount")
            problems += _summary_problems(answer)
        if isinstance(answer.get("meta"), Mapping) and "invoice_items" in answer:
            expected = answer["meta"].get("total", expected)
    if expected is not None and expected != len(rows):
        problems.append(_incomplete(len(rows), expected))
    month = month_of(_text(facts.get("month")))
    return FileFacts(
        invoice_id=None if facts.get("invoice_uuid") == PREVIEW else facts.get("invoice_uuid"),
        number=_text(facts.get("invoice_id")) or None,
        currency="USD",
        period_start=month,
        period_end=month_after(month) if month else None,
        stated_total=exact_amount(_text(facts["amount"])) if "amount" in facts else None,
        stated_tax=exact_amount(_text(facts["tax"])) if facts.get("tax") is not None else None,
        is_preview=bool(facts.get("preview")),
        problems=tuple(problems),
    )


def _summary_problems(summary: Mapping[str, Any]) -> list[Problem]:
    """The amount of a summary is the sum of its four groups, of which the credits carry their own sign."""
    if "amount" not in summary:
        return []
    groups = [exact_amount(_text(summary[name]["amount"])) for name in _GROUPS if name in summary]
    whole = exact_amount(_text(summary["amount"]))
    together = groups[0]
    for group in groups[1:]:
        together = EXACT.add(together, group)
    if together == whole:
        return []
    message = f"The groups of the summary add up to {together}, but its amount is {whole}. Fetch the summary again."
    return [Problem(code="summary_differs", message=message, value=str(whole), contradicts_total=True)]


def _incomplete(found: int, expected: int) -> Problem:
    message = (
        f"The file has {found} of {expected} items of the invoice. Fetch all pages, until as many items are there as "
        "meta.total says."
    )
    return Problem(code="items_missing", message=message, value=str(found), contradicts_total=True)


def _text(value: object) -> str:
    return "" if value is None else str(value)
