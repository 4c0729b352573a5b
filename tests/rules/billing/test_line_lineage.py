"""Differences between a line and the present records of its worklogs are reported."""

from datetime import date

import pytest

from models.billing.line_lineage import sources_of
from models.contracts.contract import DealType
from models.contracts.rate_rule import RateRule
from models.contracts.worklog import Worklog
from models.invoice.content.content import Content
from models.invoice.content.lines import Line
from tests.fixtures.invoices import SATURDAY, contract, drafted, workdays, worklog

DASHBOARD = worklog(2, issue="PROJ-456", worklog_id="w-1")
RULE = RateRule()


def task(content: Content, issue: str = "PROJ-456") -> Line:
    return next(line for line in content.lines if line.work.jira_key == issue)


def changed(**changes: object) -> Worklog:
    return DASHBOARD.model_copy(update=changes)


LINE = task(drafted(contract([DASHBOARD])))


def test_unchanged_worklogs_have_no_differences() -> None:
    sources = sources_of(LINE, RULE, [DASHBOARD])
    assert (sources.worklogs, sources.missing, sources.changes) == ((DASHBOARD,), (), ())


@pytest.mark.parametrize(
    ("present", "difference"),
    [
        (changed(seconds=12600), "The worklogs add up to 3.50 h now; the line was made from 2.00 h."),
        (changed(started_on=date(2026, 2, 3)), "The worklogs are on other days than the line: 2026-02-03."),
        (changed(issue_key="PROJ-9"), "Worklog w-1 is now logged on PROJ-9, not on PROJ-456."),
        (changed(issue_type="Incident", priority="P1"), "Worklog w-1 is now of the tier p1_p3, not standard."),
    ],
)
def test_each_difference_is_reported(present: Worklog, difference: str) -> None:
    assert sources_of(LINE, RULE, [present]).changes == (difference,)


def test_deleted_worklogs_are_named() -> None:
    both = task(drafted(contract([DASHBOARD, worklog(1, issue="PROJ-456", worklog_id="w-2")])))
    sources = sources_of(both, RULE, [DASHBOARD])
    assert sources.missing == ("w-2",)
    assert sources.changes == (
        "1 of the line's 2 worklogs are no longer among the contract's worklogs of this period: w-2.",
    )


def test_a_linked_task_belongs_to_the_issue_it_duplicates() -> None:
    ticket = worklog(1, issue="SUP-9", linked="PROJ-456", worklog_id="w-3")
    line = task(drafted(contract([ticket])))
    assert sources_of(line, RULE, [ticket]).changes == ()
    unlinked = ticket.model_copy(update={"linked_issue_key": None})
    assert sources_of(line, RULE, [unlinked]).changes == ("Worklog w-3 is now logged on SUP-9, not on PROJ-456.",)


def test_a_fixed_price_has_no_tiers_to_change() -> None:
    saturday = worklog(2, day=SATURDAY, issue="PROJ-456")
    assert sources_of(task(drafted(contract([saturday], DealType.FP))), RULE, [saturday]).changes == ()


def test_an_overtime_line_reports_missing_time_only() -> None:
    # 39 h, then 3 h of which 2 h lie above the limit of 40 h
    crossing = worklog(3, day=date(2026, 2, 10), worklog_id="w-4")
    content = drafted(contract([*workdays(39), crossing]))
    [overtime] = [line for line in content.lines if line.rule == "SUP.overtime"]
    assert overtime.work.worklogs == ("w-4",)
    assert sources_of(overtime, RULE, [crossing]).changes == ()
    shorter = crossing.model_copy(update={"seconds": 3600})
    assert sources_of(overtime, RULE, [shorter]).changes == (
        "The worklogs add up to 1.00 h now; the line bills 2.00 h.",
    )


@pytest.mark.parametrize("deal", [DealType.SUP, DealType.FP])
def test_a_base_line_has_no_worklogs(deal: DealType) -> None:
    base, *others = drafted(contract(workdays(8), deal)).lines
    assert (base.work.worklogs, base.work.worked_on, base.work.billable_seconds) == ((), (), 0)
    assert all(line.work.worklogs for line in others)
    assert sources_of(base, RULE, []).changes == ()
