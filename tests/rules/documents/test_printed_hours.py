"""The total of hours is printed under the rows that it is the sum of."""

import html
import re
from decimal import Decimal
from typing import Any

import pytest

from activities.documents.pages import document_html
from models.contracts.contract import DealType
from models.documents.view import view
from models.invoice.commands import Edit
from models.invoice.content.content import Content
from models.invoice.editing.edit import apply_edit
from models.values.document_options import Toggles
from tests.fixtures.documents import content, rendering, seed_support, worklog

TOTAL, DETAIL = "Всего часов", "Перечень выполненных задач"
SUMMED = Toggles(show_task_list=False)


def hourly(**fields: Any) -> Content:
    """L1 2.00 h, L2 1.50 h, L3 1.00 h."""
    logs = (
        worklog(1, 7200, day=3, issue="PROJ-1"),
        worklog(2, 5400, day=4, issue="PROJ-2"),
        worklog(3, 3600, day=5, issue="PROJ-3"),
    )
    return content(DealType.HR, logs, **fields)


def without_first(of: Content) -> Content:
    change = {"op": "change", "id": "L1", "billed": False}
    return apply_edit(of, Edit.model_validate({"expected_revision": 1, "line_changes": [change]}))[0]


def printed(of: Content) -> str:
    body = document_html(rendering(of)).partition("</head>")[2]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def test_charged_hours_are_printed_under_the_charged_rows() -> None:
    text = printed(without_first(hourly()))
    assert text.count(TOTAL) == 1
    assert f"{TOTAL} 2,50 ч" in text
    assert text.index(TOTAL) < text.index(DETAIL)


@pytest.mark.parametrize("of", [seed_support(), content(DealType.FP, (worklog(1, 7200, day=3),))], ids=["SUP", "FP"])
def test_hours_covered_by_a_base_are_printed_under_the_tasks(of: Content) -> None:
    text = printed(of)
    assert text.count(TOTAL) == 1
    assert text.index(DETAIL) < text.index(TOTAL)


def test_summary_rows_have_the_hours_that_they_charge() -> None:
    page = view(without_first(hourly(toggles=SUMMED)))
    assert [row.hours for row in page.billed.rows] == [Decimal("2.50"), Decimal("0.00"), Decimal("0.00")]
    assert page.hours == Decimal("2.50")


def test_an_invoice_of_an_older_release_prints_unchanged() -> None:
    old = hourly().with_service(hours_follow_lines=False)
    text = printed(without_first(old))
    assert f"{TOTAL} 4,50 ч" in text
    assert text.index(DETAIL) < text.index(TOTAL)
    summed = old.model_copy(update={"toggles": SUMMED})
    assert view(without_first(summed)).billed.rows[0].hours == Decimal("4.50")
