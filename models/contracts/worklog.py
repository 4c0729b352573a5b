"""The record of one worklog in ClickHouse."""

from datetime import date

from pydantic import AwareDatetime, Field

from models.values.base_models import Frozen
from models.values.text import OptionalText


class WorklogUnreadable(Exception):
    """A worklog's row cannot be read. Its contract is not billed, because an invoice without it would be too low."""

    def __init__(self, worklog_id: str, issue_key: str, day: date, reason: str) -> None:
        super().__init__(f"The worklog {worklog_id} on {issue_key} of {day:%Y-%m-%d} cannot be read: {reason}.")
        self.worklog_id = worklog_id
        self.reason = reason


class Worklog(Frozen):
    """The recorded time of one person on one issue and day.

    `started_on` is the day on which it is billed; `started_at` is missing where only the day is known.
    """

    worklog_id: str
    issue_key: str
    issue_summary: str = ""
    issue_type: str = ""
    priority: str = ""
    account_id: str
    user_name: str = ""
    project_label: str
    started_on: date
    started_at: AwareDatetime | None = None
    seconds: int = Field(ge=0)
    linked_issue_key: OptionalText = None

    @property
    def has_issue(self) -> bool:
        """Whether the issue is in Jira: then it has a summary, a type or a priority."""
        return bool(self.issue_summary or self.issue_type or self.priority)
