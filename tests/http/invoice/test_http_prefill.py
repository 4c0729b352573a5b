"""The preview of an invoice: the documented answer, the default period, bad bodies and failures."""

from typing import Any

import pytest

from models.values.failure_codes import Failure
from tests.fixtures.invoices import FEBRUARY, contract
from tests.http.callers import Caller, Rules, data_of, error_of
from tests.http.invoice.prefill_example import DATES, SEED, SEED_APPLICATION, SEED_SUPPORT, SEED_TASK, has
from workflows.client.errors import RequestFailed


class TestPrefill:
    @pytest.mark.usefixtures("rules")
    async def test_the_documented_example(self, editor: Caller) -> None:
        data = data_of(await editor.post("/invoices/prefill", {"application_key": "APP-001", **DATES}))
        assert has(data, SEED)
        assert has(data["customer"], {"company_name": "Acme Corp", "tin": "123456789"})
        assert has(data["application"], SEED_APPLICATION)
        support, overtime, task, _ = data["line_items"]
        assert has(support, SEED_SUPPORT)
        assert has(task, SEED_TASK)
        assert [task["billed"], task["worked_on"], task["rule"]] == [False, ["2026-02-02"], "SUP.task"]
        # 5.50 h x 150,000.00 x 1.0
        assert has(overtime, {"line_type": "overtime", "quantity": "5.50", "line_total": "825000.00"})
        assert "jira_key" not in support
        assert "jira_key" not in overtime

    async def test_without_dates_the_period_is_the_previous_month_in_tashkent(
        self, editor: Caller, rules: Rules
    ) -> None:
        data_of(await editor.post("/invoices/prefill", {"application_key": "APP-001"}))
        assert rules.previewed == [FEBRUARY]  # NOW is 1 March, 11:00 in Tashkent

    async def test_an_empty_period_has_a_warning_and_zero_amounts(self, editor: Caller, rules: Rules) -> None:
        rules.contract_of = lambda key: contract(application_key=key)
        data = data_of(await editor.post("/invoices/prefill", {"application_key": "APP-001", **DATES}))
        assert data["total_amount"] == "0.00"
        assert data["suggested_base_amount"] == "15000000.00"
        assert data["warnings"][0] == "No billable worklogs were found in this period."

    @pytest.mark.parametrize(
        ("body", "path", "message"),
        [
            ({}, "application_key", "is required"),
            ({"application_key": ""}, "application_key", "must not be empty"),
            ({"application_key": "a b"}, "application_key", "must look like APP-001"),
            ({"application_key": "x" * 51}, "application_key", "50 characters"),
            ({"application_key": 5}, "application_key", "must be text"),
            ({"period_start": "2026-02-01"}, "body", "together"),
            ({"period_end": "2026-02-28"}, "body", "together"),
            ({"period_start": "2026-02-30", "period_end": "2026-03-01"}, "period_start", "must be a date"),
            ({"period_start": "soon", "period_end": "2026-03-01"}, "period_start", "must be a date"),
            ({"period_start": "2026-03-01", "period_end": "2026-02-01"}, "body", "before it starts"),
            ({"period_start": "2024-01-01", "period_end": "2026-02-01"}, "body", "one year"),
            ({"period_start": "1026-01-01", "period_end": "1026-02-01"}, "period_start", "must be 2000-01-01 or more"),
            ({"month": "2026-02"}, "month", "unknown field; known are period_start, period_end, application_key"),
        ],
    )
    async def test_a_bad_body(
        self, editor: Caller, rules: Rules, body: dict[str, Any], path: str, message: str
    ) -> None:
        given = body if not body or "application_key" in body else {"application_key": "APP-001"} | body
        details = error_of(await editor.post("/invoices/prefill", given), 400, "VALIDATION_ERROR")["details"]
        assert details[0]["path"] == path
        assert message in details[0]["message"]
        assert rules.previewed == []

    @pytest.mark.parametrize(
        ("content", "type_", "message"),
        [
            (b"{", "application/json", "is not valid JSON"),
            (b'{"application_key": NaN}', "application/json", "NaN is not a number in JSON"),
            (b"", "application/json", "is required"),
            (b"[]", "application/json", "must be a JSON object"),
            (b'"APP-001"', "application/json", "must be a JSON object"),
            (b"application_key=APP-001", "application/x-www-form-urlencoded", "Content-Type: application/json"),
            (b'{"a": "\xff"}', "application/json", "could not be read"),
            (b"[" * 200_000, "application/json", "is nested too deeply"),
        ],
    )
    async def test_bodies_that_are_not_json_objects(
        self, editor: Caller, content: bytes, type_: str, message: str
    ) -> None:
        response = await editor.http.post(
            "/api/v1/invoices/prefill", content=content, headers=editor.headers | {"Content-Type": type_}
        )
        assert message in error_of(response, 400, "VALIDATION_ERROR")["details"][0]["message"]

    async def test_a_body_above_2_mib(self, editor: Caller) -> None:
        response = await editor.post("/invoices/prefill", {"application_key": "x" * 2 * 1024 * 1024})
        assert "2 MiB" in error_of(response, 413, "TOO_LARGE")["message"]

    @pytest.mark.parametrize(
        ("failure", "status", "code"),
        [
            (Failure.APPLICATION_NOT_FOUND, 404, "NOT_FOUND"),
            (Failure.CUSTOMER_NOT_FOUND, 404, "NOT_FOUND"),
            (Failure.DRAFT_REFUSED, 400, "VALIDATION_ERROR"),
            (Failure.TERMS_MISSING, 400, "VALIDATION_ERROR"),
            (Failure.WAREHOUSE_TIMEOUT, 500, "INTERNAL_ERROR"),
            (Failure.WAREHOUSE_UNAVAILABLE, 503, "UNAVAILABLE"),
            (Failure.NO_ANSWER, 503, "UNAVAILABLE"),
            ("SomethingNew", 500, "INTERNAL_ERROR"),
        ],
    )
    async def test_each_failure_has_its_status(
        self, editor: Caller, rules: Rules, failure: str, status: int, code: str
    ) -> None:
        rules.failures = [RequestFailed(failure, "the reason")]
        response = await editor.post("/invoices/prefill", {"application_key": "APP-001"})
        assert "the reason" in error_of(response, status, code)["message"]
        assert response.headers.get("Retry-After") == ("5" if status == 503 else None)

    async def test_a_slow_clickhouse_is_named_with_its_time_limit(self, editor: Caller, rules: Rules) -> None:
        rules.failures = [RequestFailed(Failure.WAREHOUSE_TIMEOUT, "ClickHouse did not answer within 30 s")]
        error = error_of(await editor.post("/invoices/prefill", {"application_key": "A"}), 500, "INTERNAL_ERROR")
        assert error["message"] == "ClickHouse did not answer within 30 s; try again."
