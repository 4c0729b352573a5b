"""Webhook endpoints over HTTP: who may, what is refused, secrets that are shown once, and the deliveries."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.events.webhooks.sealing import Sealing
from models.access.roles import Role
from models.events.event_types import EventType
from models.events.payloads import public_events
from tests.fixtures.invoices import execute, payment, sent
from tests.http.callers import Caller, data_of, error_of
from tests.rules.events.test_event_types import recorded

PATH = "/webhook-endpoints"
URL = "https://erp.example.com/aktum"


async def add(admin: Caller, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = data_of(await admin.post(PATH, {"url": f"{URL}/{uuid4().hex}", **more}), 201)
    return found


@pytest.fixture
async def endpoint(admin: Caller, engine: AsyncEngine) -> dict[str, Any]:
    async with engine.begin() as connection:  # the tests share a database, and there is a limit
        await connection.execute(text("DELETE FROM webhook_endpoints"))
    return await add(admin, description="the ERP", event_types=["invoice.paid", "invoice.approved"])


async def test_the_secret_is_shown_once_and_the_rest_again(admin: Caller, endpoint: dict[str, Any]) -> None:
    assert endpoint["secret"].startswith("whsec_")
    assert endpoint["id"].startswith("we_")
    assert endpoint["event_types"] == ["invoice.approved", "invoice.paid"]
    assert (endpoint["enabled"], endpoint["disabled_reason"], endpoint["created_by"]) == (True, None, "anna")
    shown = data_of(await admin.get(f"{PATH}/{endpoint['id']}"))
    assert shown == {name: value for name, value in endpoint.items() if name != "secret"}
    listed = await admin.get(PATH)
    assert endpoint["secret"] not in listed.text
    assert [each["id"] for each in data_of(listed)] == [endpoint["id"]]


@pytest.mark.parametrize("role", list(Role))
async def test_only_an_admin_may(caller: Callable[[Role], Caller], endpoint: dict[str, Any], role: Role) -> None:
    person, one = caller(role), f"{PATH}/{endpoint['id']}"
    calls = {
        "list": await person.get(PATH),
        "add": await person.post(PATH, {"url": URL}),
        "show": await person.get(one),
        "change": await person.patch(one, {"description": "x"}),
        "rotate": await person.post(f"{one}/rotate-secret", {}),
        "test": await person.post(f"{one}/test", {}),
        "replay": await person.post(f"{one}/replay", {"since": "2026-01-01T00:00:00Z"}),
        "deliveries": await person.get(f"{one}/deliveries"),
        "remove": await person.delete(one),
    }
    allowed = role is Role.ADMIN
    assert {name for name, response in calls.items() if (response.status_code < 300) != allowed} == set()
    assert {name for name, response in calls.items() if not allowed and response.status_code != 403} == set()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "url"),
        ({"url": "http://erp.example.com/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://localhost/"}, "url"),
        ({"url": "https://user:secret@erp.example.com/"}, "url"),
        ({"url": URL, "event_types": []}, "event_types"),
        ({"url": URL, "event_types": ["invoice.payed"]}, "event_types"),
        ({"url": URL, "description": "x" * 501}, "description"),
        ({"url": URL, "enabled": "yes"}, "enabled"),
        ({"url": URL, "secret": "whsec_x"}, "secret"),
    ],
)
async def test_a_field_that_is_wrong_is_named_and_nothing_is_added(
    admin: Caller, endpoint: dict[str, Any], body: dict[str, Any], path: str
) -> None:
    error = error_of(await admin.post(PATH, body), 400, "VALIDATION_ERROR")
    assert {each["path"].split(".")[0] for each in error["details"]} == {path}
    assert [each["id"] for each in data_of(await admin.get(PATH))] == [endpoint["id"]]


async def test_a_change_changes_the_given_fields_only_and_is_recorded(
    admin: Caller, manager: Caller, endpoint: dict[str, Any]
) -> None:
    one = f"{PATH}/{endpoint['id']}"
    changed = data_of(await admin.patch(one, {"event_types": ["*"], "enabled": False}))
    assert (changed["event_types"], changed["enabled"], changed["description"]) == (["*"], False, "the ERP")
    assert (
        error_of(await admin.patch(one, {"url": "https://127.0.0.1/"}), 400, "VALIDATION_ERROR")["details"][0]["path"]
        == "url"
    )
    query = {"area": "webhook-endpoints", "key": endpoint["id"]}
    newest, first = (await admin.get("/settings/history", params=query)).json()["data"]
    assert (first["before"], first["by"]) == (None, "anna")
    assert (newest["before"]["enabled"], newest["after"]["enabled"]) == (True, False)
    assert error_of(await manager.get("/settings/history", params=query), 403, "FORBIDDEN")


async def test_a_rotation_keeps_the_old_secret_for_the_overlap(
    admin: Caller, endpoint: dict[str, Any], engine: AsyncEngine
) -> None:
    one = f"{PATH}/{endpoint['id']}"
    rotated = data_of(await admin.post(f"{one}/rotate-secret", {"overlap_hours": 48}))
    assert rotated["secret"] != endpoint["secret"]
    assert rotated["old_secret_until"] == "2026-03-03T06:00:00Z"  # the clock says 2026-03-01 06:00
    async with engine.connect() as connection:
        query = text("SELECT secret, old_secret FROM webhook_endpoints WHERE id = :id")
        row = (await connection.execute(query, {"id": endpoint["id"]})).one()
    assert [Sealing({}).unseal(each, endpoint["id"]) for each in row] == [rotated["secret"], endpoint["secret"]]
    at_once = data_of(await admin.post(f"{one}/rotate-secret", {"overlap_hours": 0}))
    assert at_once["old_secret_until"] is None
    assert error_of(await admin.post(f"{one}/rotate-secret", {"overlap_hours": 169}), 400, "VALIDATION_ERROR")
    history = await admin.get("/settings/history", params={"area": "webhook-endpoints", "key": endpoint["id"]})
    assert all(secret not in history.text for secret in (endpoint["secret"], rotated["secret"], at_once["secret"]))
    marks = [each["after"]["secret_mark"] for each in history.json()["data"]]
    assert len(set(marks)) == 3


async def test_a_test_call_is_a_delivery_that_can_be_read_and_replayed(admin: Caller, endpoint: dict[str, Any]) -> None:
    one = f"{PATH}/{endpoint['id']}"
    call = data_of(await admin.post(f"{one}/test", {}), 202)
    assert (call["event_type"], call["invoice_id"], call["state"]) == ("webhook_endpoint.test", None, "pending")
    page = (await admin.get(f"{one}/deliveries", params={"state": "pending"})).json()
    assert (page["meta"]["total"], page["data"]) == (1, [call])
    assert (await admin.get(f"{one}/deliveries", params={"state": "failed"})).json()["data"] == []
    shown = data_of(await admin.get(f"{one}/deliveries/{call['id']}"))
    assert f'"id":"{call["event_id"]}"' in shown["body"]
    again = data_of(await admin.post(f"{one}/deliveries/{call['id']}/replay", {}), 202)
    assert (again["id"], again["event_id"]) == (call["id"], call["event_id"])


async def test_what_is_not_there_is_404_and_a_disabled_endpoint_replays_nothing(
    admin: Caller, endpoint: dict[str, Any]
) -> None:
    one, other = f"{PATH}/{endpoint['id']}", f"{PATH}/we_{uuid4().hex}"
    for path in (other, f"{other}/deliveries", f"{one}/deliveries/999999999", f"{other}/deliveries/1"):
        assert error_of(await admin.get(path), 404, "NOT_FOUND")
    assert error_of(await admin.post(f"{other}/test", {}), 404, "NOT_FOUND")
    assert error_of(await admin.get(f"{PATH}/we_1"), 400, "VALIDATION_ERROR")
    data_of(await admin.patch(one, {"enabled": False}))
    refused = error_of(await admin.post(f"{one}/replay", {"since": "2026-01-01T00:00:00Z"}), 409, "CONFLICT")
    assert refused["details"]["reason"] == "EndpointDisabled"
    assert (await admin.delete(one)).status_code == 204
    assert error_of(await admin.get(one), 404, "NOT_FOUND")


async def test_replay_needs_a_moment_with_a_zone(admin: Caller, endpoint: dict[str, Any]) -> None:
    one = f"{PATH}/{endpoint['id']}/replay"
    for since in (None, "2026-01-01", "2026-01-01T00:00:00", 5, "1999-12-31T00:00:00Z"):
        assert (
            error_of(await admin.post(one, {"since": since}), 400, "VALIDATION_ERROR")["details"][0]["path"] == "since"
        )
    assert data_of(await admin.post(one, {"since": "2026-01-01T00:00:00Z"}), 202) == {"queued": 0}


async def test_there_are_so_many_endpoints_and_no_more(admin: Caller, endpoint: dict[str, Any]) -> None:
    for _ in range(49):
        await add(admin)
    assert error_of(await admin.post(PATH, {"url": URL}), 400, "VALIDATION_ERROR")["details"][0]["path"] == "url"


async def test_each_event_type_has_a_schema_that_its_events_fit(viewer: Caller) -> None:
    types = {each["type"]: each for each in data_of(await viewer.get("/event-types"))}
    assert set(types) == set(EventType)
    for each in types.values():
        Draft202012Validator.check_schema(each["json_schema"])
        assert each["meaning"].endswith(".")
    whole = sent()
    paid = execute(whole, payment(whole.balance))
    seen = 0
    for event in paid.journal:
        for public in public_events(recorded(paid, event)):
            body = public.model_dump(mode="json", serialize_as_any=True)
            Draft202012Validator(types[public.type]["json_schema"]).validate(body)
            seen += 1
    assert seen == 7  # created, finalized, approved, sent, accepted, payment_recorded, paid
