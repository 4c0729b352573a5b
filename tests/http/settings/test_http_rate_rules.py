"""Rate rules over HTTP: added, corrected, deleted, with optimistic locking."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.contracts.terms_reader import ContractTermsReader
from models.contracts.contract import DealType
from models.values.period import Period
from tests.fixtures.invoices import contract, drafted, incident, worklog
from tests.http.callers import Caller, data_of, error_of
from tests.http.settings.set_settings import ANY, changes, match

RULE = {"valid_from": "2025-01-01", "base_hourly_rate": "100.00", "monthly_limit_hours": "0"}


class TestRateRules:
    async def test_a_new_rule_ends_the_previous_one_and_a_future_rule_can_be_deleted(
        self, manager: Caller, viewer: Caller, key: str
    ) -> None:
        path = f"/settings/rate-rules/{key}"
        error = error_of(await viewer.get(path), 404, "NOT_FOUND")
        assert error["message"] == f"{key} has no rate rules; its rate and limit in ClickHouse apply."
        first = data_of(await manager.post(path, RULE), 201)
        new = RULE | {"valid_from": "2026-04-01", "base_hourly_rate": "120", "overtime_multiplier": "1.5"}
        response = await manager.post(path, new, headers=match(first))
        second = data_of(response, 201)
        assert response.headers["ETag"] == f'"{second["version"]}"'
        assert [(r["valid_from"], r["valid_to"], r["base_hourly_rate"]) for r in second["value"]["rules"]] == [
            ("2025-01-01", "2026-03-31", "100.00"),
            ("2026-04-01", None, "120.00"),
        ]
        assert second["value"]["rules"][1]["business_hours_start"] == "09:00:00"
        assert data_of(await viewer.get(path)) == second

        corrected = data_of(
            await manager.put(f"{path}/2026-04-01", new | {"base_hourly_rate": "125"}, headers=match(second))
        )
        assert corrected["value"]["rules"][1]["base_hourly_rate"] == "125.00"
        # Today is 1 March 2026.
        back = data_of(await manager.delete(f"{path}/2026-04-01", headers=match(corrected)))
        assert back["value"] == first["value"]
        error = error_of(await manager.delete(f"{path}/2025-01-01", headers=ANY), 400, "VALIDATION_ERROR")
        assert "has begun" in error["message"]

        found = await changes(viewer, "rate-rules", key)
        assert [change["by"] for change in found] == ["marat"] * 4
        assert found[-1]["before"] is None
        assert found[-1]["after"] == first["value"]
        assert found[0]["before"] == corrected["value"]
        assert found[0]["after"] == first["value"]
        listed = (await viewer.get("/settings/rate-rules", params={"search": key.lower()})).json()
        assert (listed["data"], listed["meta"]["total"]) == ([back], 1)

    async def test_a_stale_change_returns_the_current_setting(self, manager: Caller, key: str) -> None:
        path = f"/settings/rate-rules/{key}"
        first = data_of(await manager.post(path, RULE), 201)
        new = RULE | {"valid_from": "2026-04-01"}
        second = data_of(await manager.post(path, new, headers=match(first)), 201)
        for headers in (match(first), {}, {"If-Match": '"0123"'}):
            response = await manager.post(path, RULE | {"valid_from": "2026-07-01"}, headers=headers)
            details = error_of(response, 409, "CONFLICT")["details"]
            assert details["reason"] == "StaleVersion"
            assert details["current"] == {"version": second["version"], "value": second["value"]}
        response = await manager.put("/settings/rate-rules/NOT-THERE/2026-01-01", RULE, headers={"If-Match": '"0123"'})
        error = error_of(response, 409, "CONFLICT")
        assert error["details"] == {"reason": "StaleVersion", "allowed": []}
        assert "NOT-THERE does not exist" in error["message"]
        assert "If-Match" in error["message"]

    @pytest.mark.parametrize("change", [{"valid_to": "2026-02-01"}, {"valid_from": "2024-01-01"}, {}])
    async def test_a_correction_cannot_change_the_first_day(
        self, manager: Caller, key: str, change: dict[str, Any]
    ) -> None:
        path = f"/settings/rate-rules/{key}"
        made = data_of(await manager.post(path, RULE | {"valid_from": "2026-06-01"}), 201)
        body = RULE | {"valid_from": "2026-01-01"} | change
        response = await manager.put(f"{path}/2026-06-01", body, headers=match(made))
        [detail] = error_of(response, 400, "VALIDATION_ERROR")["details"]
        assert detail["path"] == "valid_from"
        assert "2026-06-01" in detail["message"]
        assert data_of(await manager.get(path)) == made

    async def test_an_unknown_rule(self, manager: Caller, key: str) -> None:
        path = f"/settings/rate-rules/{key}"

        async def change_it() -> list[str]:
            body = RULE | {"valid_from": "2026-06-01"}
            responses = (
                await manager.put(f"{path}/2026-06-01", body, headers=ANY),
                await manager.delete(f"{path}/2026-06-01", headers=ANY),
            )
            return [error_of(response, 404, "NOT_FOUND")["message"] for response in responses]

        expected = [f"{key} has no rate rule from 2026-06-01."] * 2
        assert await change_it() == expected
        data_of(await manager.post(path, RULE), 201)
        assert await change_it() == expected

    @pytest.mark.parametrize(
        ("wrong", "path"),
        [
            ({"valid_from": "2025-01-01"}, "valid_from"),
            ({"valid_from": "2026-06-01", "valid_to": "2026-06-30"}, "valid_to"),
            ({"valid_from": "2024-06-01", "valid_to": "2025-01-01"}, "valid_to"),
            ({"valid_from": "2026-06-01", "valid_to": "2026-05-01"}, "valid_to"),
            ({"valid_from": "June"}, "valid_from"),
            ({"valid_from": "2026-06-01", "base_hourly_rate": "-1"}, "base_hourly_rate"),
            ({"valid_from": "2026-06-01", "business_hours_start": "nine"}, "business_hours_start"),
            ({"valid_from": "2026-06-01", "business_hours_end": "08:00"}, "business_hours_end"),
            ({"valid_from": "2026-06-01", "business_hours_tz": "Tashkent"}, "business_hours_tz"),
            ({"valid_from": "2026-06-01", "weekend_days": [9]}, "weekend_days"),
            ({"valid_from": "2026-06-01", "off_hours": "2"}, "off_hours"),
        ],
    )
    async def test_invalid_rules_are_refused(self, manager: Caller, key: str, wrong: dict[str, Any], path: str) -> None:
        first = data_of(await manager.post(f"/settings/rate-rules/{key}", RULE), 201)
        response = await manager.post(f"/settings/rate-rules/{key}", RULE | wrong, headers=match(first))
        error = error_of(response, 400, "VALIDATION_ERROR")
        assert [detail["path"] for detail in error["details"]] == [path]
        assert len(await changes(manager, "rate-rules", key)) == 1

    async def test_a_period_is_priced_by_the_rule_of_its_time(
        self, manager: Caller, admin: Caller, engine: AsyncEngine, key: str
    ) -> None:
        await admin.put("/settings/issuer", {"party": {"name": "ProximaOps"}}, headers=ANY)
        path = f"/settings/rate-rules/{key}"
        data_of(await manager.post(path, RULE | {"p1_p3_multiplier": "1.5"}), 201)
        new = RULE | {"valid_from": "2026-02-01", "base_hourly_rate": "200"}
        data_of(await manager.post(path, new, headers=ANY), 201)
        reader = ContractTermsReader(engine)
        totals = {}
        for month in (1, 2):
            period = Period.month(2026, month)
            work = [worklog(2, day=date(2026, month, 2)), incident(1, day=date(2026, month, 3))]
            records = contract(work, DealType.HR, application_key=key, currency="USD")
            content = drafted(records, await reader.terms(key, period.end), period)
            totals[month] = content.totals.total_amount
        # January: 2 h x 100 + 1 h x 100 x 1.5; February: 3 h x 200, and critical work costs no more.
        assert totals == {1: Decimal("350.00"), 2: Decimal("600.00")}


async def test_one_of_several_simultaneous_changes_succeeds(manager: Caller, key: str) -> None:
    path = f"/settings/rate-rules/{key}"
    made = data_of(await manager.post(path, RULE), 201)
    at_once = (
        manager.post(path, RULE | {"valid_from": f"2026-0{month}-01"}, headers=match(made)) for month in range(4, 9)
    )
    answers = [response.status_code for response in await asyncio.gather(*at_once)]
    assert sorted(answers) == [201, 409, 409, 409, 409]
    assert len(data_of(await manager.get(path))["value"]["rules"]) == 2
    assert len(await changes(manager, "rate-rules", key)) == 2
