"""The number series and the issuer over HTTP: roles, last numbers, and patterns that must not overlap."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.http.callers import Caller, data_of, error_of
from tests.http.settings.set_settings import ANY, changes, match

WRONG_DEADLINES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("review", {"remind_after_hours": 0}, "remind_after_hours"),
    ("review", {"remind_after_hours": 8761}, "remind_after_hours"),
    ("signature", {"remind_after_hours": "1 day"}, "remind_after_hours"),
    ("signature", {"remind_after_hours": 1.5}, "remind_after_hours"),
    ("late_work", {}, "remind_after_hours"),
    ("blocked_effect", {"remind_after_hours": 4, "escalate_after_hours": 4}, "escalate_after_hours"),
    ("unknown_outcome", {"remind_after_hours": 4, "escalate_after_hours": 3}, "escalate_after_hours"),
)


class TestNumberSeries:
    async def test_an_admin_sets_the_last_number(
        self, manager: Caller, admin: Caller, viewer: Caller, engine: AsyncEngine, key: str
    ) -> None:
        body = {"key": f"S-{key}", "pattern": f"{key}-{{year}}-{{seq:03d}}"}
        made = data_of(await manager.post("/settings/number-series", body), 201)
        assert made["key"] == body["key"]
        assert (made["value"]["last_number"], made["next_number"], made["highest_issued"]) == (None, None, None)
        path = f"/settings/number-series/S-{key}"
        error_of(await manager.patch(path, {"last_number": 17}, headers=match(made)), 403, "FORBIDDEN")
        seeded = data_of(await admin.patch(path, {"last_number": 17}, headers=match(made)))
        assert seeded["next_number"] == f"{key}-2026-018"
        error = error_of(await admin.patch(path, {"last_number": 1}, headers=match(seeded)), 400, "VALIDATION_ERROR")
        assert error["details"][0]["path"] == "reason"
        again = error_of(await manager.post("/settings/number-series", body), 409, "CONFLICT")
        assert f"S-{key}" in again["message"]
        assert again["details"]["reason"] == "AlreadyExists"
        error_of(await manager.post("/settings/number-series", body | {"last_number": 0}), 403, "FORBIDDEN")

        async with engine.begin() as connection:  # an invoice takes number 18
            taken = {"series": f"S-{key}", "display": f"{key}-2026-018", "invoice": key}
            columns = "issued_numbers (series, seq, display, invoice_id)"
            await connection.execute(text(f"INSERT INTO {columns} VALUES (:series, 18, :display, :invoice)"), taken)
            await connection.execute(text("UPDATE number_series SET last_number = 18 WHERE name = :series"), taken)
        error_of(await admin.patch(path, {"last_number": 20}, headers=match(seeded)), 409, "CONFLICT")
        used = data_of(await viewer.get(path))
        assert used["highest_issued"] == 18
        for wrong, field in (({"last_number": 17, "reason": "again"}, "last_number"), ({"last_number": 20}, "reason")):
            error = error_of(await admin.patch(path, wrong, headers=match(used)), 400, "VALIDATION_ERROR")
            assert error["details"][0]["path"] == field
        raised = {"last_number": 20, "reason": "19 and 20 were written by hand"}
        assert data_of(await admin.patch(path, raised, headers=match(used)))["next_number"] == f"{key}-2026-021"
        newest = (await changes(viewer, "number-series", f"S-{key}"))[0]
        assert (newest["by"], newest["reason"]) == ("anna", raised["reason"])
        assert (newest["before"]["last_number"], newest["after"]["last_number"]) == (18, 20)
        assert f"S-{key}" in [each["key"] for each in data_of(await viewer.get("/settings/number-series"))]

    async def test_a_series_that_begins_anew_each_year(
        self, manager: Caller, admin: Caller, viewer: Caller, key: str
    ) -> None:
        """Today is 1 March 2026; the last number counts in the present year, unless another one is named."""
        body = {"key": f"S-{key}", "pattern": f"{key}-{{year}}-{{seq}}", "reset": "year"}
        made = data_of(await admin.post("/settings/number-series", body | {"last_number": 4}), 201)
        assert (made["value"]["counted_in"], made["next_number"]) == ("2026", f"{key}-2026-5")
        path = f"/settings/number-series/S-{key}"
        earlier = {"last_number": 9, "counted_in": "2025"}
        changed = data_of(await admin.patch(path, earlier, headers=match(made)))
        assert (changed["value"]["counted_in"], changed["next_number"]) == ("2025", f"{key}-2026-1")
        for wrong, field in (
            ({"pattern": f"{key}-{{seq}}"}, "pattern"),
            ({"counted_in": "2026"}, "counted_in"),
            ({"last_number": 1, "counted_in": "2026-03"}, "counted_in"),
            ({"reset": "month"}, "reset"),
        ):
            error = error_of(await admin.patch(path, wrong, headers=match(changed)), 400, "VALIDATION_ERROR")
            assert error["details"][0]["path"] == field
        for wrong, field in (({"reset": "never", "counted_in": "2026"}, "counted_in"), ({"reset": "month"}, "pattern")):
            error = error_of(await manager.post("/settings/number-series", body | wrong), 400, "VALIDATION_ERROR")
            assert error["details"][0]["path"] == field
        assert data_of(await viewer.get(path))["value"] == changed["value"]

    @pytest.mark.parametrize("pattern", ["ACT", "{number}", "a/{seq}", ""])
    async def test_a_bad_pattern(self, manager: Caller, key: str, pattern: str) -> None:
        body = {"key": f"S-{key}", "pattern": pattern}
        error = error_of(await manager.post("/settings/number-series", body), 400, "VALIDATION_ERROR")
        assert error["details"][0]["path"] == "pattern"
        unfit = {"key": "a b", "pattern": "{seq}"}
        error = error_of(await manager.post("/settings/number-series", unfit), 400, "VALIDATION_ERROR")
        assert error["details"][0]["path"] == "key"

    async def test_two_series_cannot_print_the_same_number(
        self, manager: Caller, admin: Caller, engine: AsyncEngine, key: str
    ) -> None:
        """Otherwise an invoice could not be finalised, because its number is already taken by the other series."""
        pattern = f"{key}-{{seq}}"
        first = data_of(await manager.post("/settings/number-series", {"key": f"{key}-A", "pattern": pattern}), 201)
        for alike in (pattern, f"{key}-{{seq:04d}}", f"{key}-1{{seq}}", f"{key}-{{year}}{{seq:04d}}"):
            body = {"key": f"{key}-B", "pattern": alike}
            error = error_of(await manager.post("/settings/number-series", body), 400, "VALIDATION_ERROR")
            [detail] = error["details"]
            assert detail["path"] == "pattern"
            assert f"{key}-A ({pattern})" in detail["message"]
        body = {"key": f"{key}-B", "pattern": f"{key}-{{year}}-{{seq}}"}
        second = data_of(await manager.post("/settings/number-series", body), 201)
        path = f"/settings/number-series/{key}-B"
        error = error_of(
            await manager.patch(path, {"pattern": pattern}, headers=match(second)), 400, "VALIDATION_ERROR"
        )
        assert error["details"][0]["path"] == "pattern"
        # A series does not conflict with itself. A series whose pattern conflicts already can get a last number.
        data_of(await manager.patch(f"/settings/number-series/{key}-A", {"pattern": f"{key}-{{seq:03d}}"}, headers=ANY))
        async with engine.begin() as connection:
            old = {"name": f"{key}-B", "pattern": pattern}
            await connection.execute(text("UPDATE number_series SET pattern = :pattern WHERE name = :name"), old)
        seeded = data_of(await admin.patch(path, {"last_number": 500}, headers=ANY))
        assert seeded["next_number"] == f"{key}-501"
        assert first["value"]["pattern"] == pattern


class TestIssuer:
    async def test_set_by_an_admin_alone(self, admin: Caller, manager: Caller, viewer: Caller) -> None:
        logo = "data:image/svg+xml;base64,PHN2Zy8+"  # <svg/>
        dollars = {"currency": "USD", "account_number": "20208840905123456001", "bank_name": "Kapitalbank"}
        body = {
            "party": {"name": "ProximaOps", "tin": "309630523"},
            "accounts": [dollars],
            "notice_email": "finance@proximaops.example",
            "taxes": [{"code": "QQS", "rate": "0.12", "valid_from": "2026-01-01"}],
            "logo": logo,
        }
        error_of(await manager.put("/settings/issuer", body, headers=ANY), 403, "FORBIDDEN")
        made = data_of(await admin.put("/settings/issuer", body, headers=ANY))
        found = data_of(await viewer.get("/settings/issuer"))
        assert found == made
        assert found["value"]["logo"] == logo
        assert found["value"]["accounts"] == [dollars | {"mfo": "", "swift_bic": ""}]
        assert found["value"]["taxes"] == [
            {"code": "QQS", "rate": "0.12", "valid_from": "2026-01-01", "valid_to": None, "by_code_only": False}
        ]
        error_of(await admin.put("/settings/issuer", body, headers={"If-Match": '"0"'}), 409, "CONFLICT")
        without = body | {"logo": None}
        data_of(await admin.put("/settings/issuer", without, headers=match(made)))
        newest = (await changes(viewer, "issuer", "issuer"))[0]
        assert (newest["before"]["logo"], newest["after"]["logo"]) == (logo, None)

    async def test_the_deadlines(self, admin: Caller, viewer: Caller, engine: AsyncEngine) -> None:
        usual = {
            "review": {"remind_after_hours": 24, "escalate_after_hours": 72},
            "signature": {"remind_after_hours": 24, "escalate_after_hours": 72},
            "blocked_effect": {"remind_after_hours": 4, "escalate_after_hours": 24},
            "unknown_outcome": {"remind_after_hours": 4, "escalate_after_hours": 24},
            "late_work": {"remind_after_hours": 48, "escalate_after_hours": 120},
        }
        body: dict[str, Any] = {"party": {"name": "ProximaOps"}}

        async def shown() -> Any:
            return data_of(await viewer.get("/settings/issuer"))["value"]["deadlines"]

        data_of(await admin.put("/settings/issuer", body, headers=ANY))
        assert await shown() == usual
        changed = {"review": {"remind_after_hours": 8}, "late_work": None}
        data_of(await admin.put("/settings/issuer", body | {"deadlines": changed}, headers=ANY))
        review = {"remind_after_hours": 8, "escalate_after_hours": None}
        assert await shown() == usual | {"review": review, "late_work": None}
        data_of(await admin.put("/settings/issuer", body | {"deadlines": None}, headers=ANY))
        assert await shown() is None
        async with engine.begin() as connection:  # as a release without deadlines has stored it
            await connection.execute(text("UPDATE issuer_settings SET issuer = issuer - 'deadlines'"))
        assert await shown() == usual

    @pytest.mark.parametrize(("given", "shown"), [("finaliser", "finaliser"), (True, "any_maker"), (False, False)])
    async def test_who_may_not_approve(self, admin: Caller, viewer: Caller, given: object, shown: object) -> None:
        body = {"party": {"name": "ProximaOps"}, "review": {"four_eyes": given}}
        data_of(await admin.put("/settings/issuer", body, headers=ANY))
        found = data_of(await viewer.get("/settings/issuer"))
        assert found["value"]["review"] == {"four_eyes": shown, "admin_above": {}, "write_off_limits": {}}

    @pytest.mark.parametrize(
        ("wrong", "path"),
        [
            ({"party": {"name": ""}}, "party.name"),
            ({"accounts": [{"currency": "USD", "account_number": "1", "bank_name": "B"}] * 2}, "accounts"),
            ({"accounts": [{"currency": "USD", "account_number": "1"}]}, "accounts.0.bank_name"),
            ({"review": {"four_eyes": "everyone"}}, "review.four_eyes"),
            ({"zone": "Tashkent"}, "zone"),
            *(({"deadlines": {kind: value}}, f"deadlines.{kind}.{field}") for kind, value, field in WRONG_DEADLINES),
            ({"deadlines": {"payment": {"remind_after_hours": 4}}}, "deadlines.payment"),
            ({"deadlines": "off"}, "deadlines"),
            ({"notice_email": "finance"}, "notice_email"),
            ({"logo": "data:image/png;base64,AAAA"}, "logo"),
            ({"taxes": [{"code": "QQS", "rate": "12", "valid_from": "2026-01-01"}]}, "taxes.0.rate"),
            ({"taxes": [{"code": "A", "rate": "0", "valid_from": "2026-01-01"}] * 2}, "taxes"),
        ],
    )
    async def test_bad_values(self, admin: Caller, wrong: dict[str, Any], path: str) -> None:
        body = {"party": {"name": "ProximaOps"}} | wrong
        error = error_of(await admin.put("/settings/issuer", body, headers=ANY), 400, "VALIDATION_ERROR")
        assert [detail["path"] for detail in error["details"]] == [path]
