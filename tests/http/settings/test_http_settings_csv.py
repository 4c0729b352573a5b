"""Settings as CSV: an exported file can be imported again, and a file with a bad row changes nothing."""

import csv
import io
from collections.abc import Callable

import pytest

from models.access.roles import Role
from tests.http.callers import Caller, data_of, error_of
from tests.http.settings.csv_calls import exported, outcomes, send, wrong

RULES = "application_key,valid_from,valid_to,base_hourly_rate,monthly_limit_hours"


@pytest.fixture
async def series(caller: Callable[[Role], Caller], key: str) -> str:
    body = {"key": f"S-{key}", "pattern": f"{key}-{{seq}}"}
    data_of(await caller(Role.ADMIN).post("/settings/number-series", body), 201)
    return f"S-{key}"


async def test_a_dry_run_reports_the_effect_of_each_row(manager: Caller, key: str) -> None:
    made = data_of(await manager.put(f"/settings/exclusions/{key}-1", {"exclusion_type": "excluded"}))
    await manager.put(f"/settings/exclusions/{key}-2", {"exclusion_type": "excluded", "note": "left"})
    text = f"account_id,exclusion_type\n{key}-1,overhead_only\n{key}-2,excluded\n\n{key}-3,excluded\n"
    report = data_of(await send(manager, "exclusions", text))
    assert outcomes(report) == [(2, "changed"), (3, "unchanged"), (5, "ok")]
    assert (report["dry_run"], report["applied"]) == (True, False)
    assert report["counts"] == {"changed": 1, "unchanged": 1, "ok": 1}
    assert data_of(await manager.get(f"/settings/exclusions/{key}-1")) == made

    report = data_of(await send(manager, "exclusions", text, dry_run=False))
    assert report["applied"] is True
    _, rows = await exported(manager, "exclusions", key)
    assert rows == [
        {"account_id": f"{key}-1", "exclusion_type": "overhead_only", "note": ""},
        {
            "account_id": f"{key}-2",
            "exclusion_type": "excluded",
            "note": "left",
        },  # the file has no such column, so the value stays
        {"account_id": f"{key}-3", "exclusion_type": "excluded", "note": ""},
    ]
    query = {"area": "exclusions", "key": f"{key}-1"}
    newest = (await manager.get("/settings/history", params=query)).json()["data"][0]
    assert (newest["by"], newest["reason"], newest["after"]["exclusion_type"]) == (
        "marat",
        "CSV import",
        "overhead_only",
    )
    again = data_of(await send(manager, "exclusions", text, dry_run=False))
    assert outcomes(again) == [(2, "unchanged"), (3, "unchanged"), (5, "unchanged")]


async def test_each_bad_row_is_named_and_nothing_is_imported(manager: Caller, key: str) -> None:
    text = "\n".join(
        [
            RULES,
            f"{key},2025-01-01,,100,40",
            f"{key},2026-01-01,,a hundred,-1",
            f"{key},2025-01-01,,110,40",
            f"{key}-2,1 May,2026-01-01,100,",
            f"{key}-3,2026-01-01,2025-01-01,100,40",
            ",2026-01-01,,100,40",
            "no key!,2026-01-01,,100,40",
            f"{key}-4,2026-01-01,,100,40,50",
            f"{key}-5,2026-01-01,2026-06-30,100,40",
            f"{key}-5,2026-03-01,2026-03-31,100,40",
        ]
    )
    report = data_of(await send(manager, "rate-rules", text))
    assert wrong(report) == [
        (3, "base_hourly_rate", 'must be a decimal number such as "1250000.00"'),
        (3, "monthly_limit_hours", "must be 0 or more"),
        (4, "valid_from", "this rule is in row 2 already"),
        (5, "valid_from", "must be a date such as 2026-02-28"),
        (5, "monthly_limit_hours", "is required"),
        (6, "valid_to", "2025-01-01 is before valid_from, 2026-01-01"),
        (7, "application_key", "is required"),
        (8, "application_key", "must look like APP-001: letters, digits, dots, hyphens and underscores"),
        (9, None, "has 6 cells, but the header names 5 columns"),
        (
            11,
            "valid_to",
            "the days after 2026-03-31 would have no rule, because the rule from 2026-01-01 ends when this one begins; "
            "leave valid_to empty, and enter another rule for the time after it",
        ),
    ]
    assert report["counts"] == {"ok": 2, "error": 8}
    response = await send(manager, "rate-rules", text, dry_run=False)
    error = error_of(response, 400, "VALIDATION_ERROR")
    assert "8 of 10 rows" in error["message"]
    assert "row 3, base_hourly_rate:" in error["message"]
    assert error["details"][0]["path"] == "row 3, base_hourly_rate"
    assert len(error["details"]) == 10
    assert (await exported(manager, "rate-rules", key))[1] == []


async def test_rate_rules_may_be_in_any_order_in_the_file(manager: Caller, key: str) -> None:
    text = f"{RULES}\n{key},2026-01-01,,110,40\n{key},2025-01-01,,100,40\n"
    assert outcomes(data_of(await send(manager, "rate-rules", text, dry_run=False))) == [(2, "ok"), (3, "ok")]
    rules = data_of(await manager.get(f"/settings/rate-rules/{key}"))["value"]["rules"]
    assert [(rule["valid_from"], rule["valid_to"]) for rule in rules] == [
        ("2025-01-01", "2025-12-31"),
        ("2026-01-01", None),
    ]
    # Importing the same file or the exported one changes nothing.
    assert outcomes(data_of(await send(manager, "rate-rules", text))) == [(2, "unchanged"), (3, "unchanged")]
    header, rows = await exported(manager, "rate-rules", key)
    out = io.StringIO()
    writer = csv.DictWriter(out, header.split(","))
    writer.writeheader()
    writer.writerows(rows)
    assert rows[0]["weekend_days"] == "6 7"
    assert rows[0]["business_hours_start"] == "09:00"
    assert outcomes(data_of(await send(manager, "rate-rules", out.getvalue()))) == [(2, "unchanged"), (3, "unchanged")]


async def test_a_file_from_excel(manager: Caller, key: str) -> None:
    """A file of the Russian Excel: byte order mark, semicolons, decimal commas, its dates and its word for yes."""
    header = "application_key;valid_from;base_hourly_rate;monthly_limit_hours;overtime_multiplier;bill_base_when_empty"
    text = f"\ufeff{header};business_hours_start\r\n{key};01.02.2026;150 000,50;40;1,5;ИСТИНА;8:30\r\n;;;;;;\r\n"
    assert outcomes(data_of(await send(manager, "rate-rules", text, dry_run=False))) == [(2, "ok")]
    [rule] = data_of(await manager.get(f"/settings/rate-rules/{key}"))["value"]["rules"]
    assert (rule["valid_from"], rule["base_hourly_rate"]) == ("2026-02-01", "150000.50")
    assert (rule["overtime_multiplier"], rule["bill_base_when_empty"]) == ("1.5", True)
    assert rule["business_hours_start"] == "08:30:00"


async def test_client_config_rows(manager: Caller, series: str, key: str) -> None:
    text = "\n".join(
        [
            "application_key,series,recipients,show_task_list,legal_text,channel,cc,bcc",
            f'{key}-1,{series},"a@client.example, b@client.example",no,"=1+1\nsecond line",'
            'email,c@d.uz,"e@f.uz, g@h.uz"',
            f"{key}-2,nowhere,nobody,perhaps,,,,nobody",
            f"{key}-3,nowhere,,,,,,",
        ]
    )
    report = data_of(await send(manager, "client-config", text))
    assert [(row, column) for row, column, _ in wrong(report)] == [
        (3, "recipients"),
        (3, "bcc"),
        (3, "show_task_list"),
        (4, "series"),
    ]
    assert "there is no number series nowhere" in wrong(report)[3][2]
    assert outcomes(report)[0] == (2, "ok")
    first = "\n".join(text.split("\n")[:3])
    data_of(await send(manager, "client-config", first, dry_run=False))
    found = data_of(await manager.get(f"/settings/client-config/{key}-1"))["value"]
    assert found["recipients"] == ["a@client.example", "b@client.example"]
    assert (found["cc"], found["bcc"]) == (["c@d.uz"], ["e@f.uz", "g@h.uz"])
    assert (found["show_task_list"], found["show_overtime"]) == (False, True)
    assert found["legal_text"] == "=1+1\nsecond line"
    _, [row] = await exported(manager, "client-config", key)
    assert row["legal_text"] == "'=1+1\nsecond line"  # a spreadsheet would compute it without the apostrophe
    assert row["reminder_days"] == "'-7 0 1 7 15"
    out = io.StringIO()
    writer = csv.DictWriter(out, row.keys())
    writer.writeheader()
    writer.writerow(row)
    assert outcomes(data_of(await send(manager, "client-config", out.getvalue()))) == [(2, "unchanged")]


async def test_apostrophes_and_line_ends_survive_export_and_import(manager: Caller, key: str) -> None:
    for number, note in enumerate(("'=SUM(1)", "''-1", "one\r\ntwo", "-5")):
        body = {"exclusion_type": "excluded", "note": note}
        data_of(await manager.put(f"/settings/exclusions/{key}-{number}", body))
    header, rows = await exported(manager, "exclusions", key)
    assert [row["note"] for row in rows] == ["''=SUM(1)", "'''-1", "one\r\ntwo", "'-5"]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header.split(","))
    writer.writeheader()
    writer.writerows(rows)
    report = data_of(await send(manager, "exclusions", out.getvalue()))
    assert [outcome for _, outcome in outcomes(report)] == ["unchanged"] * 4


async def test_project_labels_sent_as_a_form(manager: Caller, key: str) -> None:
    text = f"label,classification\n{key},internal\n{key},overhead\n"
    form = {"file": ("labels.csv", text.encode(), "text/csv")}
    path = "/api/v1/settings/classifications.csv"
    report = data_of(await manager.http.post(path, files=form, headers=manager.headers))
    assert wrong(report) == [(3, "label", "is in row 2 already")]
    form = {"file": ("labels.csv", text.encode().rsplit(b"\n", 2)[0], "text/csv")}
    response = await manager.http.post(path, params={"dry_run": "false"}, files=form, headers=manager.headers)
    assert data_of(response)["applied"] is True
    assert data_of(await manager.get(f"/settings/classifications/{key}"))["value"] == {"classification": "internal"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "has no column label"),
        (b"label,classification\n", "no rows below the header"),
        (b"label,colour\na,red\n", "unknown column 'colour'"),
        (b"classification\ninternal\n", "no column label"),
        (b"label,label\na,b\n", "the column label twice"),
        ("label,classification\nя,internal\n".encode("cp1251"), "not UTF-8"),
        (b'label,classification\n"a"b,internal\n', "cannot be read as CSV"),
        (b"label,classification\na\x00,internal\n", "NUL"),
    ],
)
async def test_files_that_cannot_be_read(manager: Caller, content: bytes, words: str) -> None:
    error = error_of(await send(manager, "classifications", content), 400, "VALIDATION_ERROR")
    assert words in error["message"]


async def test_other_bodies_and_sheets(manager: Caller, viewer: Caller) -> None:
    error_of(await manager.post("/settings/exclusions.csv", {"a": 1}), 400, "VALIDATION_ERROR")
    response = await manager.http.post(
        "/api/v1/settings/exclusions.csv", files={"other": b"x"}, headers=manager.headers
    )
    assert error_of(response, 400, "VALIDATION_ERROR")["details"][0]["path"] == "file"
    error_of(await send(manager, "users", "a\n1\n"), 400, "VALIDATION_ERROR")
    error_of(await viewer.get("/settings/number-series.csv"), 400, "VALIDATION_ERROR")
    error_of(await send(manager, "exclusions", b"x" * (2 * 1024 * 1024 + 1)), 413, "TOO_LARGE")
    assert (await viewer.get("/settings/rate-rules.csv")).status_code == 200
