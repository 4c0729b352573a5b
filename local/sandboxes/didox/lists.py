"""The list of documents of the Didox sandbox. It is read from a search index, which may lag behind each change."""

from collections.abc import Callable
from datetime import timedelta

from local.sandboxes.didox.act import MOMENT, list_row
from local.sandboxes.state import Record, SandboxState

LISTED_BY_DEFAULT = {1, 2, 3, 4, 6, 8, 40}
CHANGING = ("status", "status_comment", "signature", "updated")

_TESTS: dict[str, Callable[[Record, str], bool]] = {
    "owner": lambda row, value: str(row["owner"]) == value,
    "doctype": lambda row, value: row["doctype"] in value.split(","),
    "partner": lambda row, value: row["partnerTin"] == value,
    "name": lambda row, value: value.lower() in row["name"].lower(),
    "dateFromUpdated": lambda row, value: row["updated"][:10] >= value,
    "dateToUpdated": lambda row, value: row["updated"][:10] <= value,
}


def changed(row: Record, moment: str, **changes: object) -> Record:
    """Return the record after a change; `past` keeps what the list may still show."""
    before = {name: row[name] for name in CHANGING}
    return {**row, **changes, "updated": moment, "past": [*row.get("past", []), before]}


def search(state: SandboxState, query: dict[str, str], lag: timedelta) -> list[Record]:
    """Return the rows that the query finds, as they were before the lag, the newest first."""
    wanted = {int(code) for code in query["status"].split(",")} if query.get("status") else LISTED_BY_DEFAULT
    seen_until = (state.now() - lag).strftime(MOMENT)
    indexed = (_as_of(row, seen_until) for row in reversed(state.all("document")))
    found = [list_row(row) for row in indexed if row and row["status"] in wanted]
    for name, test in _TESTS.items():
        if value := query.get(name):
            found = [row for row in found if test(row, value)]
    return found


def _as_of(row: Record, moment: str) -> Record | None:
    """Return the record as it was at this moment; None if it was not created yet."""
    if row["created"] > moment:
        return None
    if row["updated"] <= moment:
        return row
    return {**row, **[each for each in row["past"] if each["updated"] <= moment][-1]}
