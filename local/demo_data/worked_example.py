"""The worklogs of Acme's last full month, so that its invoice equals the example in docs/specification/pricing.md.

45.50 billable hours (2,730 minutes, one worklog of 20 minutes counting as 30) against a limit of 40 and 150,000.00 an
hour make 825,000.00 of overtime and a total of 15,825,000.00; PROJ-456 takes 2.00 h. The night incident (tier 1.5) lies
inside the limit. Two more worklogs belong to people who are not billed.
"""

from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from local.demo_data.customers import EMPLOYEES
from local.demo_data.months import Month

LABEL = "PROJ"


class Logged(NamedTuple):
    business_day: int  # of the month, counted from zero; every month has twenty
    start: time
    minutes: int
    issue_key: str
    account_id: str


ISSUES = (
    ("PROJ-455", "Task", "P4", LABEL, "Move the nightly report to the new server", ""),
    ("PROJ-456", "Story", "P4", LABEL, "Implement user dashboard", ""),
    ("PROJ-457", "Incident", "P1", LABEL, "Payment page answers 502 after the nightly deploy", ""),
    ("PROJ-458", "Bug", "P3", LABEL, "Экспорт актов теряет буквы ў, қ, ғ, ҳ", ""),
    ("PROJ-459", "Task", "P5", LABEL, "Renew the certificate of the client portal", ""),
    ("PROJ-460", "Story", "P3", LABEL, "Sign in with OneID", ""),
    ("PROJ-461", "Incident", "P4", LABEL, "Mail to clients is delayed by an hour", ""),
    ("PROJ-462", "Story", "P3", LABEL, "Show the balance of each agreement", ""),
    ("PROJ-463", "Bug", "P4", LABEL, "Search does not find names with an apostrophe", ""),
    ("PROJ-464", "Task", "P4", LABEL, "Upgrade the database to version 18", ""),
    ("PROJ-465", "Task", "P4", LABEL, "Prepare the quarterly availability report", ""),
    ("SUP-101", "Task", "P3", LABEL, "Клиент: в акте вместо «ў» знак вопроса", "PROJ-458"),
)

LOGGED = (
    Logged(0, time(9, 30), 150, "PROJ-455", "acc-01"),
    Logged(1, time(10), 60, "PROJ-456", "acc-02"),
    Logged(1, time(14), 120, "PROJ-458", "acc-03"),
    Logged(2, time(22, 15), 90, "PROJ-457", "acc-04"),
    Logged(3, time(9, 15), 180, "PROJ-457", "acc-04"),
    Logged(4, time(11), 60, "PROJ-456", "acc-02"),
    Logged(4, time(15), 20, "PROJ-459", "acc-01"),
    Logged(5, time(10, 30), 150, "PROJ-458", "acc-03"),
    Logged(6, time(9), 210, "PROJ-460", "acc-05"),
    Logged(7, time(13), 120, "SUP-101", "acc-06"),
    Logged(8, time(10), 180, "PROJ-460", "acc-05"),
    Logged(9, time(16, 30), 90, "PROJ-461", "acc-07"),
    Logged(10, time(9, 45), 240, "PROJ-462", "acc-01"),
    Logged(11, time(11), 150, "PROJ-462", "acc-01"),
    Logged(12, time(14), 120, "PROJ-463", "acc-08"),
    Logged(13, time(10), 180, "PROJ-460", "acc-05"),
    Logged(14, time(15, 15), 60, "PROJ-459", "acc-02"),
    Logged(15, time(9), 150, "PROJ-464", "acc-03"),
    Logged(16, time(10), 120, "PROJ-464", "acc-03"),
    Logged(17, time(13, 30), 150, "PROJ-462", "acc-01"),
    Logged(18, time(9, 30), 120, "PROJ-465", "acc-06"),
    Logged(5, time(16), 60, "PROJ-455", "acc-09"),
    Logged(14, time(11), 30, "PROJ-459", "acc-10"),
)


def worklog_rows(month: Month) -> list[tuple[object, ...]]:
    """Return the rows of the worklogs table, with the columns in its order."""
    rows: list[tuple[object, ...]] = []
    for nth, each in enumerate(LOGGED, 1):
        day = month.business_days[each.business_day]
        started = datetime.combine(day, each.start, ZoneInfo("Asia/Tashkent"))
        person = (each.account_id, EMPLOYEES[each.account_id])
        seconds = timedelta(minutes=each.minutes) // timedelta(seconds=1)
        rows.append((f"{900_000 + nth}", each.issue_key, *person, day, int(started.timestamp()), seconds, LABEL))
    return rows
