"""Calls of the CSV routes for tests: send a file, read the exported one, and what a report says."""

import csv
import io
from typing import Any

import httpx

from tests.http.callers import Caller


async def send(caller: Caller, sheet: str, text: str | bytes, **query: Any) -> httpx.Response:
    content = text if isinstance(text, bytes) else text.encode()
    headers = caller.headers | {"Content-Type": "text/csv; charset=utf-8"}
    return await caller.http.post(f"/api/v1/settings/{sheet}.csv", params=query, content=content, headers=headers)


async def exported(caller: Caller, sheet: str, key: str) -> tuple[str, list[dict[str, str]]]:
    """Return the header of the file, and the rows whose first column begins with the key."""
    response = await caller.get(f"/settings/{sheet}.csv")
    assert response.status_code == 200, response.text
    assert response.headers["Content-Disposition"] == f'attachment; filename="{sheet}.csv"'
    text = response.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return text.split("\r\n")[0], [row for row in rows if next(iter(row.values())).startswith(key)]


def outcomes(report: dict[str, Any]) -> list[tuple[int, str]]:
    return [(row["row"], row["outcome"]) for row in report["rows"]]


def wrong(report: dict[str, Any]) -> list[tuple[int, str | None, str]]:
    return [(row["row"], e["column"], e["message"]) for row in report["rows"] for e in row["errors"]]


def as_file(header: str, rows: list[dict[str, str]]) -> str:
    """Return the rows as the text of a file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, header.split(","))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
