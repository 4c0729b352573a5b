"""Numbers beyond any amount in bodies, queries and cursors are refused with 400, whichever field has them."""

import base64
import json
from typing import Any

import pytest

from tests.http.callers import Caller, Rules, draft_of, error_of

HUGE = ["1e2000000", "-1e2000000", "1e-2000000", "1E+41", "1" * 41, "-" + "1" * 5000, "0." + "1" * 100, "1e" + "9" * 50]


class TestBodies:
    @pytest.mark.parametrize("number", HUGE, ids=lambda number: number[:12])
    @pytest.mark.parametrize("field", ["expected_revision", "base_amount", "payment_days", "unknown"])
    async def test_a_number_beyond_any_amount(
        self, editor: Caller, rules: Rules, key: str, number: str, field: str
    ) -> None:
        made = await rules.put(draft_of(key))
        body = f'{{"{field}": {number}}}'.encode()
        response = await editor.http.patch(
            f"/api/v1/invoices/{made.id}",
            content=body,
            headers=editor.headers | {"Content-Type": "application/json"},
        )
        error = error_of(response, 400, "VALIDATION_ERROR")
        [detail] = error["details"]
        assert detail["path"] == "body"
        shown = number if len(number) <= 20 else f"{number[:20]}…"
        assert shown in detail["message"]
        assert rules.sent == []

    @pytest.mark.parametrize("number", ["1e400", "1e2000000", "9" * 4000, "9" * 5000, "1e" + "9" * 50])
    async def test_a_number_as_text(self, editor: Caller, rules: Rules, key: str, number: str) -> None:
        """Numbers may also be sent as text, which the limit of JSON numbers does not cover."""
        made = await rules.put(draft_of(key))
        path = f"/invoices/{made.id}"
        line = {"description": "Work", "unit_price": "1", "quantity": number}
        for field, body in {
            "base_amount": {"expected_revision": 1, "base_amount": number},
            "overtime_hours": {"expected_revision": 1, "overtime_hours": number},
            "expected_revision": {"expected_revision": number, "payment_days": 5},
            "line_changes.0.line.quantity": {"expected_revision": 1, "line_changes": [{"op": "add", "line": line}]},
        }.items():
            [detail] = error_of(await editor.patch(path, body), 400, "VALIDATION_ERROR")["details"]
            assert detail["path"] == field
            assert detail["message"].startswith(("may have", "must be"))
        assert rules.sent == []

    @pytest.mark.parametrize("revision", [2**31, 10**39])
    async def test_a_revision_beyond_the_column(self, editor: Caller, rules: Rules, key: str, revision: int) -> None:
        made = await rules.put(draft_of(key))
        body = {"expected_revision": revision, "payment_days": 5}
        [detail] = error_of(await editor.patch(f"/invoices/{made.id}", body), 400, "VALIDATION_ERROR")["details"]
        assert (detail["path"], detail["message"]) == ("expected_revision", "must be 2147483647 or less")

    async def test_a_number_with_many_digits_is_accepted(self, editor: Caller, rules: Rules, key: str) -> None:
        """A JSON number of forty digits is decoded. The field then decides whether it accepts the value."""
        made = await rules.put(draft_of(key))
        content = b'{"expected_revision": 1, "base_amount": 1.4e7, "overtime_hours": 5.' + b"0" * 30 + b"}"
        response = await editor.http.patch(
            f"/api/v1/invoices/{made.id}",
            content=content,
            headers=editor.headers | {"Content-Type": "application/json"},
        )
        assert response.status_code == 200, response.text
        assert response.json()["data"]["base_amount"] == "14000000.00"

    async def test_a_computed_amount_beyond_any_invoice(self, editor: Caller, rules: Rules, key: str) -> None:
        """The new draft would have a line of 9e15 × 9e9 × 100."""
        line = {
            "description": "Work",
            "unit_price": "9000000000000000",
            "quantity": "9000000000",
            "rate_multiplier": "100",
        }
        body = {"application_key": key, "period_start": "2026-02-01", "period_end": "2026-02-28"}
        for total in ({}, {"line_total": "1.00"}):
            made = body | {"line_items": [line | total]}
            error = error_of(await editor.post("/invoices/generate", made), 400, "VALIDATION_ERROR")
            assert "largest amount" in error["message"]
        assert rules.made == []


class TestQueries:
    @pytest.mark.parametrize("number", ["1e400", "1e2000000", "9" * 4000, "9" * 5000, "1e" + "9" * 50])
    @pytest.mark.parametrize("name", ["min_total", "max_total", "page", "per_page"])
    async def test_a_parameter(self, viewer: Caller, name: str, number: str) -> None:
        response = await viewer.get("/invoices", params={name: number})
        [detail] = error_of(response, 400, "VALIDATION_ERROR")["details"]
        assert detail["path"] == name
        assert detail["message"].startswith(("may have", "must be"))

    @pytest.mark.parametrize(
        ("sort", "values"),
        [
            ("total_amount", ["1e200000"]),
            ("total_amount", ["100.00001"]),
            ("total_amount", ["12345678901234567.00"]),
            ("total_amount", [10**30]),
            ("number", ["ACT", 10**30]),
            ("number", ["ACT", 2**31]),
            ("number", ["ACT", -1]),
            ("number", ["ACT", "1" * 2000]),
            ("created_at", [1e300]),
            ("due_date", [10**20]),
            ("customer_name", ["\ud800"]),
        ],
        ids=lambda given: str(given)[:40],
    )
    async def test_a_forged_cursor(self, viewer: Caller, sort: str, values: list[Any]) -> None:
        query = {"sort": sort, "per_page": 1}
        true = (await viewer.get("/invoices", params=query)).json()["meta"]["next_cursor"]
        forged = json.loads(base64.urlsafe_b64decode(true + "=" * (-len(true) % 4))) | {"values": values}
        cursor = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode()
        response = await viewer.get("/invoices", params=query | {"cursor": cursor})
        assert "not from this list" in error_of(response, 400, "VALIDATION_ERROR")["message"]
