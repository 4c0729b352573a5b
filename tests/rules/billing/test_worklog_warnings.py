"""Worklogs that a person should look at: no time, more than a day, or an issue that is not in Jira."""

from datetime import date

import pytest

from models.contracts.billable_worklogs import add_up, classify_worklogs
from models.contracts.contract import DealType
from models.contracts.terms import ExclusionType, NotBilled
from models.contracts.worklog import Worklog
from models.invoice.content.content import Content
from tests.fixtures.invoices import contract, drafted, single_contract, terms, worklog

TUESDAY = date(2026, 2, 3)
EMPTY = worklog(seconds=0, issue="PROJ-7", day=TUESDAY, worklog_id="empty")


def gone(issue: str = "GONE-9", seconds: int = 3600, **changes: object) -> Worklog:
    """Work on an issue that Jira does not have any more, so that it has neither summary nor type nor priority."""
    unknown = {"issue_summary": "", "issue_type": "", "priority": ""}
    return worklog(seconds=seconds, issue=issue, day=TUESDAY).model_copy(update=unknown | changes)


def warned(content: Content, words: str) -> list[str]:
    return [each for each in content.warnings if words in each]


@pytest.mark.parametrize("deal", list(DealType))
def test_a_worklog_of_no_time_is_not_billed(deal: DealType) -> None:
    with_it, without = drafted(contract((worklog(2), EMPTY), deal)), drafted(contract((worklog(2),), deal))
    assert (with_it.lines, with_it.totals) == (without.lines, without.totals)
    assert with_it.service.worklogs == without.service.worklogs
    assert warned(with_it, "0 seconds") == ["1 worklog of 0 seconds is not billed: PROJ-7 on 2026-02-03."]
    assert not warned(without, "0 seconds")


def test_one_second_is_billed_as_half_an_hour() -> None:
    content = drafted(contract((worklog(seconds=1),), DealType.HR))
    assert str(content.totals.total_hours) == "0.50"
    assert content.warnings == ()


def test_a_period_with_worklogs_of_no_time_alone_is_empty() -> None:
    content = drafted(contract((EMPTY,), DealType.HR))
    assert (content.lines, str(content.totals.total_amount)) == ((), "0.00")
    assert warned(content, "No billable worklogs")


def test_the_list_of_worklogs_gives_the_reason() -> None:
    excluded = terms(exclusions={"worker-1": ExclusionType.EXCLUDED})
    for agreed, reason in ((terms(), NotBilled.NO_TIME), (excluded, NotBilled.EXCLUDED)):
        [found] = classify_worklogs([EMPTY], single_contract(), agreed)
        assert (found.billable_seconds, found.not_billed) == (0, reason)
        assert add_up([found]).billable_seconds == 0
    assert not warned(drafted(contract((EMPTY,)), excluded), "0 seconds")


@pytest.mark.parametrize(("seconds", "warns"), [(86_400, False), (86_401, True), (1_080_000, True)])
def test_more_than_a_day_is_billed_with_a_warning(seconds: int, warns: bool) -> None:
    """1,080,000 s are 300 h."""
    content = drafted(contract((worklog(seconds=seconds, day=TUESDAY),), DealType.HR))
    assert sum(line.work.billable_seconds for line in content.lines) == seconds
    assert bool(warned(content, "more than 24 hours")) is warns
    if seconds == 1_080_000:
        assert warned(content, "PROJ-1 on 2026-02-03 (300.00 h)")


@pytest.mark.parametrize("deal", list(DealType))
def test_work_on_a_missing_issue_is_billed_under_its_key(deal: DealType) -> None:
    content = drafted(contract((worklog(2), gone()), deal))
    assert "GONE-9" in [line.description for line in content.lines]
    assert str(content.totals.total_hours) == "3.00"
    [warning] = warned(content, "not in Jira")
    assert "1.00 hours" in warning
    assert warning.endswith("GONE-9.")


def test_an_issue_that_exists_without_a_title_has_no_colon_and_no_warning() -> None:
    content = drafted(contract((gone(issue_type="Task", priority="P4"),), DealType.HR))
    assert [line.description for line in content.lines] == ["GONE-9"]
    assert content.warnings == ()


def test_work_without_an_issue_has_a_description() -> None:
    """Neither a page nor an act in Didox may have a row without a name."""
    content = drafted(contract((gone(issue=""),), DealType.HR))
    assert [line.description for line in content.lines] == ["—"]
    assert warned(content, "not in Jira")


def test_a_long_list_is_cut() -> None:
    logs = [worklog(seconds=0, issue=f"PROJ-{n}", day=TUESDAY, worklog_id=str(n)) for n in range(1, 9)]
    assert warned(drafted(contract(logs)), "8 worklogs of 0 seconds are not billed")[0].endswith(
        "PROJ-5 on 2026-02-03 and 3 more."
    )
