"""The hours that a page prints in its rows add up to the total that it prints, and the amounts stay."""

from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contracts.contract import DealType
from models.contracts.worklog import Worklog
from models.documents.view import DocumentView, view
from models.invoice.commands import Edit
from models.invoice.content.content import Content, digest
from models.invoice.editing.edit import apply_edit
from models.values.document_options import Toggles
from tests.fixtures.invoices import MONDAY, contract, drafted, incident, terms, with_fields, worklog
from tests.fixtures.properties import examples

D = Decimal
TOGGLES = [
    Toggles(show_task_list=a, show_tracked_time=True, show_task_pricing=b, show_overtime=c)
    for a, b, c in product((True, False), repeat=3)
]


def of_seconds(*seconds: int, deal: DealType = DealType.HR, **toggles: bool) -> Content:
    """One task for each number of seconds, at 120.00 an hour."""
    logs = [worklog(seconds=each, issue=f"PROJ-{n}") for n, each in enumerate(seconds, 1)]
    return drafted(contract(logs, deal, hourly_rate="120.00"), terms(toggles=toggles))


def printed(document: DocumentView, deal: DealType, *, listed: bool) -> Decimal:
    """The sum of the rows of which the total of hours is the sum."""
    informing = document.informing.rows if document.informing else ()
    rows = informing if listed and deal is not DealType.HR else document.billed.rows
    counted = rows if listed or deal is DealType.HR else rows[:-1]  # the last summary row is "of which"
    return sum((row.hours or D(0) for row in counted), D(0))


@pytest.mark.parametrize(
    ("seconds", "hours", "total"),
    [
        # 2,400 s are 0.666... h: the exact total is 2 h, and 3 x 0.67 would be 2.01.
        ((2400, 2400, 2400), ["0.67", "0.67", "0.66"], "2.00"),
        # 4,812 s are 1.33666... h: 3 x 1.34 would be 4.02, the exact total is 4.01.
        ((4812, 4812, 4812), ["1.34", "1.34", "1.33"], "4.01"),
        # 1,818 s are 0.505 h: 2 x 0.51 would be 1.02, the exact total is 1.01.
        ((1818, 1818), ["0.51", "0.50"], "1.01"),
        # 3,612 s are 1.00333... h: 3 x 1.00 would be 3.00, the exact total is 3.01.
        ((3612, 3612, 3612), ["1.01", "1.00", "1.00"], "3.01"),
        ((7200, 3600, 1800), ["2.00", "1.00", "0.50"], "3.50"),
    ],
)
def test_the_rows_of_an_hourly_invoice_add_up(seconds: tuple[int, ...], hours: list[str], total: str) -> None:
    content = of_seconds(*seconds)
    document = view(content)
    assert [str(row.hours) for row in document.billed.rows] == hours
    assert str(document.hours) == total
    # The amounts are made from each line's own hours at two decimals, as before.
    assert [row.amount for row in document.billed.rows] == [line.line_total for line in content.lines]


def test_amounts_and_lines_do_not_change() -> None:
    """0.67 x 120.00 is 80.40; three times that is 241.20."""
    content = of_seconds(2400, 2400, 2400)
    assert [(str(line.quantity), str(line.line_total)) for line in content.lines] == [("0.67", "80.40")] * 3
    assert str(view(content).total) == "241.20"


def test_a_price_is_not_printed_where_it_does_not_give_the_amount() -> None:
    rows = view(of_seconds(2400, 2400, 2400, show_task_pricing=True)).billed.rows
    assert [row.price for row in rows] == [D("120.00"), D("120.00"), None]


WORKLOGS = st.lists(
    st.builds(
        lambda seconds, day, critical, n: (
            incident("1", day=MONDAY + timedelta(days=day), issue=f"PROJ-{n}").model_copy(
                update={"seconds": seconds, "worklog_id": f"{n}.{day}.{seconds}.c"}
            )
            if critical
            else worklog(seconds=seconds, day=MONDAY + timedelta(days=day), issue=f"PROJ-{n}")
        ),
        st.integers(1, 40_000),
        st.integers(0, 20),
        st.booleans(),
        st.integers(1, 6),
    ),
    min_size=1,
    max_size=15,
    unique_by=lambda each: each.worklog_id,
)


@examples(150)
@given(WORKLOGS, st.sampled_from(list(DealType)), st.sampled_from(TOGGLES))
def test_rows_add_up_in_every_draft(logs: list[Worklog], deal: DealType, toggles: Toggles) -> None:
    content = drafted(contract(logs, deal, monthly_limit=20), terms(toggles=toggles))
    document = view(content)
    assert document.hours == content.totals.total_hours
    assert printed(document, deal, listed=toggles.show_task_list) == document.hours
    plain = view(with_fields(content, hours_add_up=False))
    assert [row.amount for row in document.billed.rows] == [row.amount for row in plain.billed.rows]
    assert document.totals == plain.totals


def test_hours_that_a_person_changed_are_printed_as_they_are() -> None:
    change = {"op": "change", "id": "L1", "quantity": "5.00"}
    edited, _ = apply_edit(
        of_seconds(2400, 2400, 2400), Edit.model_validate({"expected_revision": 1, "line_changes": [change]})
    )
    document = view(edited)
    assert [str(row.hours) for row in document.billed.rows] == ["5.00", "0.67", "0.67"]
    assert str(document.hours) == "6.34"


def test_only_the_counted_rows_share_the_total() -> None:
    """The third task is not billed any more: 2 x 0.666... = 1.33 h."""
    change = {"op": "change", "id": "L3", "billed": False}
    edited, _ = apply_edit(
        of_seconds(2400, 2400, 2400), Edit.model_validate({"expected_revision": 1, "line_changes": [change]})
    )
    document = view(edited)
    assert [str(row.hours) for row in document.billed.rows] == ["0.67", "0.66"]
    assert str(document.hours) == "1.33"
    assert document.informing is not None
    assert str(document.informing.rows[0].hours) == "0.67"


def test_the_page_of_an_older_draft_stays() -> None:
    """A draft of a release without the rule prints the hours of its lines, and its digest stays."""
    content = of_seconds(2400, 2400, 2400)
    old = with_fields(content, hours_add_up=False)
    assert [str(row.hours) for row in view(old).billed.rows] == ["0.67", "0.67", "0.67"]
    assert digest(old, "ACT-1") != digest(content, "ACT-1")
    assert Content.model_validate_json(old.model_dump_json(exclude={"basis": {"hours_add_up"}})) == old
