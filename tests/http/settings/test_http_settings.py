"""Exclusions, classifications, roles and the history of settings over HTTP."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.contracts.terms_reader import ContractTermsReader
from models.contracts.contract import DealType
from models.contracts.terms import NotBilled
from models.settings.area import ADMINISTERED, CONFIDENTIAL
from tests.fixtures.invoices import contract, drafted, worklog
from tests.http.callers import Caller, data_of, error_of
from tests.http.settings.set_settings import ANY, changes, match


class TestExclusionsAndClassifications:
    @pytest.mark.parametrize(
        ("area", "value", "other"),
        [
            ("exclusions", {"exclusion_type": "overhead_only", "note": "on the bench"}, {"exclusion_type": "excluded"}),
            ("classifications", {"classification": "internal"}, {"classification": "billable"}),
        ],
    )
    async def test_set_change_and_remove(
        self, manager: Caller, viewer: Caller, key: str, area: str, value: dict[str, Any], other: dict[str, Any]
    ) -> None:
        name = f"557058:{key}/a b"  # Jira's keys may have such characters
        path = f"/settings/{area}/557058:{key}/a%20b"
        error_of(await viewer.get(path), 404, "NOT_FOUND")
        made = data_of(await manager.put(path, value))
        assert made == {"key": name, "version": made["version"], "value": value}
        assert data_of(await viewer.get(path)) == made
        error_of(await manager.put(path, other), 409, "CONFLICT")
        changed = data_of(await manager.put(path, other, headers=match(made)))
        assert changed["value"] == dict.fromkeys(value, "") | other
        error_of(await manager.delete(path, headers=match(made)), 409, "CONFLICT")
        assert (await manager.delete(path, headers=match(changed))).status_code == 204
        error_of(await manager.delete(path, headers=ANY), 404, "NOT_FOUND")
        found = await changes(viewer, area, name)
        assert [(change["before"], change["after"]) for change in reversed(found)] == [
            (None, value),
            (value, changed["value"]),
            (changed["value"], None),
        ]

    async def test_a_change_without_effect_is_not_recorded(self, manager: Caller, key: str) -> None:
        path = f"/settings/classifications/{key}"
        made = data_of(await manager.put(path, {"classification": "overhead"}))
        assert data_of(await manager.put(path, {"classification": "overhead"}, headers=match(made))) == made
        assert len(await changes(manager, "classifications", key)) == 1

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("exclusions/a", {"exclusion_type": "fired"}),
            ("exclusions/a", {}),
            ("classifications/a", {"classification": "secret"}),
            ("classifications/a,b", {"classification": "internal"}),
            ("classifications/a%09b", {"classification": "internal"}),
        ],
    )
    async def test_bad_values(self, manager: Caller, path: str, body: dict[str, Any]) -> None:
        error_of(await manager.put(f"/settings/{path}", body), 400, "VALIDATION_ERROR")

    async def test_exclusions_and_classifications_apply_to_drafts(
        self, manager: Caller, admin: Caller, engine: AsyncEngine, key: str
    ) -> None:
        await admin.put("/settings/issuer", {"party": {"name": "ProximaOps"}}, headers=ANY)
        await manager.put(f"/settings/classifications/{key}", {"classification": "internal"})
        await manager.put(f"/settings/exclusions/{key}", {"exclusion_type": "excluded"})
        billed = worklog(1)
        inside = worklog(2, issue="IN-1").model_copy(update={"project_label": key})
        excluded = worklog(4, issue="EX-1", account=key)
        terms = await ContractTermsReader(engine).terms(key, date(2026, 2, 28))
        assert [terms.why_not_billed(w) for w in (billed, inside, excluded)] == [
            None,
            NotBilled.INTERNAL,
            NotBilled.EXCLUDED,
        ]
        content = drafted(contract([billed, inside, excluded], DealType.HR), terms)
        assert content.totals.total_amount == Decimal("150000.00")  # one hour of seven


class TestRoles:
    WRITES = (
        ("POST", "/settings/rate-rules/A"),
        ("PUT", "/settings/rate-rules/A/2026-01-01"),
        ("DELETE", "/settings/rate-rules/A/2026-01-01"),
        ("PUT", "/settings/client-config/A"),
        ("DELETE", "/settings/client-config/A"),
        ("PUT", "/settings/exclusions/A"),
        ("DELETE", "/settings/exclusions/A"),
        ("PUT", "/settings/classifications/A"),
        ("DELETE", "/settings/classifications/A"),
        ("POST", "/settings/number-series"),
        ("PATCH", "/settings/number-series/A"),
        ("PUT", "/settings/issuer"),
        ("POST", "/settings/exclusions.csv"),
        ("GET", "/settings/users"),
        ("POST", "/settings/users"),
        ("PATCH", "/settings/users/A"),
    )

    @pytest.mark.parametrize(("method", "path"), WRITES)
    async def test_an_editor_may_not_change_settings(
        self, http: httpx.AsyncClient, editor: Caller, method: str, path: str
    ) -> None:
        error_of(await http.request(method, f"/api/v1{path}", headers=editor.headers), 403, "FORBIDDEN")
        error_of(await http.request(method, f"/api/v1{path}"), 401, "UNAUTHORIZED")

    @pytest.mark.parametrize("area", ["rate-rules", "client-config", "exclusions", "classifications", "number-series"])
    async def test_a_viewer_may_read_settings(self, viewer: Caller, area: str) -> None:
        assert (await viewer.get(f"/settings/{area}")).status_code == 200


async def test_the_history_cannot_be_rewritten(manager: Caller, engine: AsyncEngine, key: str) -> None:
    await manager.put(f"/settings/classifications/{key}", {"classification": "internal"})
    for statement in (
        "UPDATE settings_history SET by = 'x'",
        "DELETE FROM settings_history",
        "TRUNCATE settings_history",
    ):
        async with engine.connect() as connection:
            with pytest.raises(IntegrityError, match="append-only"):
                await connection.execute(text(statement))
    assert [change["by"] for change in await changes(manager, "classifications", key)] == ["marat"]


async def test_the_history_has_pages(manager: Caller, key: str) -> None:
    for kind in ("internal", "overhead", "billable"):
        await manager.put(f"/settings/classifications/{key}", {"classification": kind}, headers=ANY)
    query = {"area": "classifications", "key": key, "per_page": 2}
    first = (await manager.get("/settings/history", params=query)).json()
    second = (await manager.get("/settings/history", params=query | {"page": 2})).json()
    kinds = [change["after"]["classification"] for change in first["data"] + second["data"]]
    assert kinds == ["billable", "overhead", "internal"]
    assert first["meta"] == {"total": 3, "page": 1, "per_page": 2}
    error_of(await manager.get("/settings/history", params={"area": "secrets"}), 400, "VALIDATION_ERROR")


async def test_the_areas_name_their_last_change(manager: Caller, viewer: Caller, admin: Caller, key: str) -> None:
    data_of(await manager.put(f"/settings/classifications/{key}", {"classification": "internal"}))
    areas = {each["area"]: each for each in data_of(await viewer.get("/settings/areas"))}
    last = areas["classifications"]
    assert (last["changed_key"], last["changed_by"]) == (key, "marat")
    newest = (await changes(viewer, "classifications", key))[0]
    assert last["changed_at"] == newest["at"]
    hidden = {each["area"] for each in data_of(await admin.get("/settings/areas"))} - set(areas)
    assert hidden >= {"users", "api-keys", "webhook-endpoints", "delegations", "cost-rates", "cost-assignments"}
    assert hidden == {area.value for area in ADMINISTERED | CONFIDENTIAL}


async def test_the_history_of_a_person_and_of_days(manager: Caller, admin: Caller, key: str) -> None:
    path = f"/settings/exclusions/{key}"
    for caller in (manager, admin):
        created = data_of(await caller.put(path, {"exclusion_type": "excluded"}))
        await caller.delete(path, headers={"If-Match": created["version"]})
    query = {"area": "exclusions", "key": key}
    whole = (await admin.get("/settings/history", params=query)).json()["data"]
    mine = (await admin.get("/settings/history", params={**query, "by": "marat"})).json()["data"]
    assert [each["by"] for each in whole] == ["anna", "anna", "marat", "marat"]
    assert [each["id"] for each in mine] == [each["id"] for each in whole[2:]]
    day = whole[0]["at"][:10]  # the moments are those of the database, whose days in Tashkent are this one or the next
    after = (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
    inside = {**query, "day_from": day, "day_to": after}
    assert (await admin.get("/settings/history", params=inside)).json()["data"] == whole
    assert (await admin.get("/settings/history", params={**query, "day_to": "2025-01-01"})).json()["data"] == []
    turned = {**query, "day_from": after, "day_to": day}
    assert error_of(await admin.get("/settings/history", params=turned), 400, "VALIDATION_ERROR")
