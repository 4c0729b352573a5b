"""Warnings about single worklogs: no time, more than a day, or an issue that is not in Jira.

See docs/specification/pricing.md 2.3, 2.4 and 5.1.
"""

from collections.abc import Iterable, Sequence

from models.billing.pricing import issue_of
from models.contracts.terms import BillingRules, NotBilled
from models.contracts.worklog import Worklog
from models.values.money import HOUR_SECONDS, hours

LONGEST_SECONDS = 24 * HOUR_SECONDS
LISTED = 5


def worklog_warnings(worklogs: Iterable[Worklog], rules: BillingRules) -> tuple[str, ...]:
    """Return the warnings about a contract's worklogs; those of excluded people and projects have none."""
    ordered = sorted(worklogs, key=lambda each: (each.started_on, _name(each), each.seconds))
    reasons = [(each, rules.why_not_billed(each)) for each in ordered]
    billed = [each for each, reason in reasons if reason is None]
    found = (
        _without_time([each for each, reason in reasons if reason is NotBilled.NO_TIME]),
        _too_long([each for each in billed if each.seconds > LONGEST_SECONDS]),
        _without_issue([each for each in billed if not each.has_issue]),
    )
    return tuple(warning for warning in found if warning)


def _without_time(worklogs: Sequence[Worklog]) -> str | None:
    if not worklogs:
        return None
    named = _listed([f"{_name(each)} on {each.started_on}" for each in worklogs])
    return f"{_count(worklogs)} of 0 seconds {_are(worklogs)} not billed: {named}."


def _too_long(worklogs: Sequence[Worklog]) -> str | None:
    if not worklogs:
        return None
    named = _listed([f"{_name(each)} on {each.started_on} ({hours(each.seconds):.2f} h)" for each in worklogs])
    return f"{_count(worklogs)} of more than 24 hours {_are(worklogs)} billed; check the time: {named}."


def _without_issue(worklogs: Sequence[Worklog]) -> str | None:
    if not worklogs:
        return None
    logged = hours(sum(each.seconds for each in worklogs))
    named = _listed(sorted({_name(each) for each in worklogs}))
    return (
        f"{logged:.2f} hours were logged on issues that are not in Jira, so their type and priority are unknown and "
        f"their rows have no title; check the tier: {named}."
    )


def _name(worklog: Worklog) -> str:
    return issue_of(worklog) or f"worklog {worklog.worklog_id}"


def _count(worklogs: Sequence[Worklog]) -> str:
    return f"{len(worklogs)} worklog" if len(worklogs) == 1 else f"{len(worklogs)} worklogs"


def _are(worklogs: Sequence[Worklog]) -> str:
    return "is" if len(worklogs) == 1 else "are"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - LISTED
    return ", ".join(names[:LISTED]) + (f" and {more} more" if more > 0 else "")
