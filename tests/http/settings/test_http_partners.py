"""The settings of partners and their groups over HTTP (docs/specification/partners.md 1)."""

from typing import Any

import pytest

from tests.http.callers import Caller, data_of, error_of
from tests.http.settings.partner_settings import body, rate
from tests.http.settings.set_settings import ANY, changes, match


async def test_a_partner_is_set_changed_and_removed(
    manager: Caller, viewer: Caller, partner_series: str, code: str
) -> None:
    path = f"/settings/partners/{code}"
    error_of(await viewer.get(path), 404, "NOT_FOUND")
    made = data_of(await manager.put(path, body(partner_series)))
    assert made["value"] == {
        "name": "TIME dotCom",
        "group": None,
        "billing_address": "",
        "contacts": [],
        "portal_url": "",
        "payment_days": 45,
        "reminder_days": [-7, 0, 1, 7, 15],
        "order_types": ["activation", "assurance"],
        "requires_ttkt": True,
        "requires_awo": True,
        "invoice_format": "single_job",
        "series": partner_series,
        "needs_review": True,
        "needs_submission_id": False,
        "standby_port_needs_approval": True,
        "splitter_needed_at_docket": True,
        "language": "en",
        "zone": "Asia/Kuala_Lumpur",
        "currency": "MYR",
        "tax_registration": "",
        "tax_code": None,
        "payment_instructions": "",
        "terms": "",
        "footer_note": "",
        "recognise_revenue_in_planfact": False,
    }
    contacts = [{"name": "Nurul Aina", "email": "nurul@time.example", "phone": "+60 3-5555 0100"}]
    changed = made["value"] | {"contacts": contacts, "payment_days": 30, "order_types": ["sdu", "activation", "sdu"]}
    after = data_of(await manager.put(path, changed, headers=match(made)))
    assert after["value"] == changed | {"order_types": ["activation", "sdu"]}
    assert data_of(await viewer.get(path)) == after
    details = error_of(await manager.put(path, changed, headers=match(made)), 409, "CONFLICT")["details"]
    assert details["current"] == {"version": after["version"], "value": after["value"]}
    assert (await manager.delete(path, headers=match(after))).status_code == 204
    found = await changes(viewer, "partners", code)
    assert [(each["by"], each["before"], each["after"]) for each in found] == [
        ("marat", after["value"], None),
        ("marat", made["value"], after["value"]),
        ("marat", None, made["value"]),
    ]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"series": "no such series"}, "series"),
        ({"group": "NO_SUCH_GROUP"}, "group"),
        ({"tax_code": "GST"}, "tax_code"),
        ({"order_types": []}, "order_types"),
        ({"contacts": [{"name": "Aina", "email": "nobody"}]}, "contacts.0.email"),
    ],
)
async def test_a_value_that_is_not_valid_names_its_field(
    manager: Caller, partner_series: str, code: str, wrong: dict[str, Any], path: str
) -> None:
    response = await manager.put(f"/settings/partners/{code}", body(partner_series) | wrong)
    error = error_of(response, 400, "VALIDATION_ERROR")
    assert [detail["path"] for detail in error["details"]] == [path]
    assert await changes(manager, "partners", code) == []


async def test_what_others_refer_to_stays(manager: Caller, partner: str) -> None:
    data_of(await manager.post("/settings/rate-cards", rate(partner=partner)), 201)
    for path in (f"/settings/partners/{partner}", f"/settings/partner-groups/{partner}"):
        error = error_of(await manager.delete(path, headers=ANY), 400, "VALIDATION_ERROR")
        assert error["details"][0]["path"] == "key"
        assert (await manager.get(path)).status_code == 200


@pytest.mark.parametrize("key", ["time", "T", "T-1", "X" * 21])
async def test_a_key_has_capital_letters(manager: Caller, key: str) -> None:
    error_of(await manager.put(f"/settings/partner-groups/{key}", {"name": "TIME"}), 400, "VALIDATION_ERROR")


async def test_partners_are_listed_by_key(viewer: Caller, partner: str) -> None:
    for area in ("partners", "partner-groups"):
        page = (await viewer.get(f"/settings/{area}", params={"search": partner.lower()})).json()
        assert [each["key"] for each in page["data"]] == [partner]
        assert page["meta"]["total"] == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "partner-groups/TIME"),
        ("DELETE", "partner-groups/TIME"),
        ("PUT", "partners/TIME"),
        ("DELETE", "partners/TIME"),
        ("POST", "rate-cards"),
        ("POST", "installer-rates"),
        ("POST", "partners.csv"),
        ("POST", "rate-cards.csv"),
    ],
)
async def test_an_editor_may_not_change_them(editor: Caller, method: str, path: str) -> None:
    response = await editor.http.request(method, f"/api/v1/settings/{path}", headers=editor.headers)
    error_of(response, 403, "FORBIDDEN")
