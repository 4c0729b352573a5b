"""The generated worklogs and issues of the demo. ClickHouse generates them from row numbers and hashes.

The rows do not pass through Python, so that a hundred million can be generated; a seed always gives the same rows. Rows
are distributed by weight, so that each month of a contract has its own plausible size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from hashlib import sha256
from itertools import accumulate

from clickhouse_connect.driver.binding import format_query_value

from local.demo_data import schema
from local.demo_data.contracts import CONTRACTS, ROWS_A_MONTH
from local.demo_data.customers import EMPLOYEES, EXCLUSIONS
from local.demo_data.months import Month

ROWS_AN_INSERT = 1_000_000
ISSUES_AT_LEAST, ISSUES_AT_MOST = 8, 400
ROWS_AN_ISSUE = 5

# Minutes, all equally likely. One in ten is below the minimum of half an hour.
DURATIONS = (10, 20, *[30] * 3, *[45] * 4, *[60] * 4, *[75] * 2, *[90] * 2, *[120] * 2, 150)
COMPONENTS = ("billing", "client portal", "mobile app", "warehouse API", "reports", "сайт", "интеграция с 1С", "склад")
SUMMARIES = {
    "Incident": (
        "Page answers 502 after a deploy",
        "Disk is full on the database server",
        "Nobody can sign in",
        "Queue has not been read for an hour",
        "Certificate has expired",
        "Не проводится оплата картой",
    ),
    "Task": (
        "Add a field to the order form",
        "Update the price list",
        "Give access to a new colleague",
        "Move to the new server",
        "Review the logs of the last week",
        "Настроить резервное копирование",
    ),
    "Bug": (
        "Totals differ from the report",
        "Filter forgets the chosen dates",
        "Letter ў is shown as a question mark",
        "List is empty on the second page",
        "Дата сдвигается на один день",
    ),
    "Story": (
        "Show the history of changes",
        "Export to Excel",
        "Let the client confirm by phone",
        "Search by tax number",
        "Отчёт по дебиторской задолженности",
    ),
}


@dataclass(frozen=True)
class MonthPlan:
    nth: int
    month: Month
    weights: tuple[int, ...]  # of the defined contracts; each generated one weighs ROWS_A_MONTH
    first_row: int
    rows: int


@dataclass(frozen=True)
class Plan:
    seed: int
    contracts: int
    issues: tuple[int, ...]  # of each defined contract in a month
    issues_of_others: int
    months: tuple[MonthPlan, ...]


def plan(size: int, seed: int, contracts: int, months: Sequence[Month]) -> Plan:
    """Distribute `size` rows over months and contracts."""
    others = contracts - len(CONTRACTS)
    weights = [
        tuple(each.rows_in(month, tuple(months)) * _variation(seed, nth, each.application_key) for each in CONTRACTS)
        for nth, month in enumerate(months)
    ]
    demands = [
        (sum(of_month) + others * ROWS_A_MONTH * 100) * month.share
        for of_month, month in zip(weights, months, strict=True)
    ]
    rate = Fraction(size) / sum(demands, Fraction(0))
    ends = [0, *(round(rate * demand) for demand in accumulate(demands))]
    return Plan(
        seed,
        contracts,
        tuple(_issues(rate * each.rows * 100) for each in CONTRACTS),
        _issues(rate * ROWS_A_MONTH * 100),
        tuple(
            MonthPlan(nth, month, weights[nth], ends[nth], ends[nth + 1] - ends[nth])
            for nth, month in enumerate(months)
        ),
    )


def worklog_inserts(of: Plan) -> Iterator[tuple[int, str]]:
    """Yield (number of rows, statement) in the order of the months."""
    for month in of.months:
        for offset in range(0, month.rows, ROWS_AN_INSERT):
            rows = min(ROWS_AN_INSERT, month.rows - offset)
            yield rows, f"INSERT INTO {schema.WORKLOGS} {_worklogs(of, month, offset, rows)}"


def issue_inserts(of: Plan) -> Iterator[str]:
    for month in of.months:
        if month.rows:
            yield f"INSERT INTO {schema.ISSUES} {_issue_rows(of, month)}"


def _variation(seed: int, month: int, application_key: str) -> int:
    """Return 85 to 115 per cent, so that the months differ."""
    return 85 + int.from_bytes(sha256(f"{seed}/{month}/{application_key}".encode()).digest()[:4]) % 31


def _issues(rows: Fraction) -> int:
    return max(ISSUES_AT_LEAST, min(ISSUES_AT_MOST, int(rows / ROWS_AN_ISSUE)))


def _worklogs(of: Plan, month: MonthPlan, offset: int, rows: int) -> str:
    bounds = list(accumulate(month.weights))
    of_other = ROWS_A_MONTH * 100
    total = bounds[-1] + (of.contracts - len(CONTRACTS)) * of_other
    business = month.month.business_days or month.month.weekend
    weekend = month.month.weekend or business
    billed = [account for account in EMPLOYEES if account not in EXCLUSIONS]
    return f"""
    WITH {_list(list(EMPLOYEES))} AS accounts, {_list(list(EMPLOYEES.values()))} AS people,
        CAST({_list(business)}, 'Array(Date)') AS business_days, CAST({_list(weekend)}, 'Array(Date)') AS weekend_days,
        {list(DURATIONS)} AS durations
    SELECT toString(1000000 + n), {_issue_key(of, month)}, accounts[person], people[person], day,
        toDateTime(day, 'Asia/Tashkent') + 60 * minute, 60 * durations[1 + bitShiftRight(k, 40) % {len(DURATIONS)}],
        {_label()}
    FROM (
        SELECT n, contract, h % {_issue_count(of)} AS issue,
            multiIf(bitShiftRight(h, 16) % 100 < 94, 1 + bitShiftRight(h, 24) % {len(billed)},
                    {len(billed)} + 1 + bitShiftRight(h, 24) % {len(EXCLUSIONS)}) AS person,
            if(bitShiftRight(h, 32) % 100 < 6, weekend_days[1 + bitShiftRight(h, 40) % {len(weekend)}],
               business_days[1 + bitShiftRight(h, 40) % {len(business)}]) AS day,
            multiIf(k % 100 < 95, 540 + 15 * (bitShiftRight(k, 8) % 36),
                    k % 100 < 98, 1095 + 15 * (bitShiftRight(k, 8) % 23),
                    15 * (bitShiftRight(k, 8) % 35)) AS minute, k
        FROM (
            SELECT n, sipHash64({of.seed}, n, 1) AS h, sipHash64({of.seed}, n, 2) AS k,
                if(slot < {bounds[-1]}, arrayFirstIndex(bound -> slot < bound, {bounds}) - 1,
                   {len(CONTRACTS)} + intDiv(slot - {bounds[-1]}, {of_other})) AS contract
            FROM (
                SELECT {month.first_row} + number AS n, intDiv(number * {total}, {month.rows}) AS slot
                FROM numbers({offset}, {rows})
            )
        )
    )"""


def _issue_rows(of: Plan, month: MonthPlan) -> str:
    """Return the SELECT of the issues. One in twenty is a support ticket, `SUP-*`, linked to a project's issue."""
    incident, task, bug, story = (
        f"{_list(texts)}[1 + bitShiftRight(h, 32) % {len(texts)}]" for texts in SUMMARIES.values()
    )
    return f"""
    SELECT {_issue_key(of, month)},
        multiIf({_IS_TICKET}, 'Task', h % 100 < 25, 'Incident', h % 100 < 62, 'Task', h % 100 < 82, 'Bug', 'Story')
            AS type,
        multiIf(p < 4, 'P1', p < 14, 'P2', p < 44, 'P3', p < 80, 'P4', 'P5'), {_label()} AS label,
        concat(multiIf(type = 'Incident', {incident}, type = 'Task', {task}, type = 'Bug', {bug}, {story}),
            ': ', {_list(COMPONENTS)}[1 + bitShiftRight(h, 40) % {len(COMPONENTS)}]),
        if({_IS_TICKET}, concat(label, '-', {_issue_number(of, month, "issue - 2")}), '')
    FROM (
        SELECT contract, issue, sipHash64({of.seed}, contract, {month.nth}, issue) AS h, bitShiftRight(h, 16) % 100 AS p
        FROM (SELECT toInt64(number) AS contract, arrayJoin(range({_issue_count(of)})) AS issue
              FROM numbers({of.contracts}))
    )
    WHERE label != ''"""


_IS_TICKET = "issue % 20 = 5"
# The issue two numbers earlier belongs to the same project, also where a contract has two projects.
_LABELS = [[each.labels[0] if each.labels else "", each.labels[-1] if each.labels else ""] for each in CONTRACTS]


def _issue_key(of: Plan, month: MonthPlan) -> str:
    most = max(*of.issues, of.issues_of_others)
    ticket = f"10000 + ({month.nth} * {of.contracts} + contract) * {most} + issue"
    own = f"concat({_label()}, '-', {_issue_number(of, month, 'issue')})"
    return f"if({_IS_TICKET}, concat('SUP-', toString({ticket})), {own})"


def _issue_number(of: Plan, month: MonthPlan, issue: str) -> str:
    return f"toString(1000 + {month.nth} * {_issue_count(of)} + {issue})"


def _issue_count(of: Plan) -> str:
    return f"if(contract < {len(CONTRACTS)}, {list(of.issues)}[contract + 1], {of.issues_of_others})"


def _label() -> str:
    first, second = (_list([labels[nth] for labels in _LABELS]) for nth in (0, 1))
    drawn = f"if(issue % 2 = 0, {first}[contract + 1], {second}[contract + 1])"
    return f"if(contract < {len(CONTRACTS)}, {drawn}, concat('B', leftPad(toString(contract + 1), 5, '0')))"


def _list(values: Sequence[str | date]) -> str:
    return str(format_query_value(list(values)))
