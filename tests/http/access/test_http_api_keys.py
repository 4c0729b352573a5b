"""API keys: an admin makes and revokes them, and they do what both their role and their owner may do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from models.access.roles import Role
from models.access.tables import ApiKey, User
from tests.http.access.conftest import Clock
from tests.http.callers import HASHED, Caller, Rules, data_of, draft_of, error_of

PATH = "/settings/api-keys"
VIEW = "/settings/exclusions"


async def make(admin: Caller, name: str, role: str = "viewer", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = data_of(await admin.post(PATH, {"name": name, "role": role, **more}), 201)
    return made


def of(http: httpx.AsyncClient, made: dict[str, Any]) -> Caller:
    return Caller(http, {"Authorization": f"Bearer {made['key']}"})


async def listed(admin: Caller, made: dict[str, Any]) -> dict[str, Any]:
    response = await admin.get(PATH)
    assert made["key"] not in response.text
    [found] = [each for each in data_of(response) if each["id"] == made["id"]]
    assert isinstance(found, dict)
    return found


async def test_a_key_is_shown_once_and_stored_as_a_hash(
    http: httpx.AsyncClient, admin: Caller, engine: AsyncEngine, clock: Clock, key: str
) -> None:
    made = await make(admin, key, "editor", expires_in_days=30)
    assert made["key"].startswith("aktum_")
    assert made["key"].startswith(made["prefix"])
    assert (made["name"], made["role"], made["created_by"], made["revoked_at"]) == (key, "editor", "anna", None)
    assert made["expires_at"] == "2026-03-31T06:00:00Z"  # the clock says 2026-03-01 06:00
    assert (await listed(admin, made))["last_used_at"] is None
    assert (await of(http, made).get(VIEW)).status_code == 200
    assert (await listed(admin, made))["last_used_at"] == "2026-03-01T06:00:00Z"
    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT to_jsonb(k)::text FROM api_keys k"))).scalars().all()
        trail = (await connection.execute(text("SELECT to_jsonb(h)::text FROM settings_history h"))).scalars().all()
    assert made["key"] not in "".join([*rows, *trail])


async def test_each_key_is_another_one(admin: Caller, key: str) -> None:
    keys = {(await make(admin, f"{key}-{number}"))["key"] for number in range(5)}
    assert len(keys) == 5
    assert all(len(each) >= len("aktum_") + 43 for each in keys)  # 256 bits in base64


@pytest.mark.parametrize("role", list(Role))
async def test_a_key_may_what_its_role_may(http: httpx.AsyncClient, admin: Caller, key: str, role: Role) -> None:
    caller = of(http, await make(admin, key, role.value))
    assert (await caller.get(VIEW)).status_code == 200
    put = await caller.put(f"/settings/classifications/{key}", {"classification": "internal"})
    assert put.status_code == (200 if role.includes(Role.MANAGER) else 403)
    assert (await caller.get("/settings/users")).status_code == (200 if role is Role.ADMIN else 403)


async def test_the_trail_names_the_key(http: httpx.AsyncClient, admin: Caller, rules: Rules, key: str) -> None:
    caller = of(http, await make(admin, key, "manager"))
    data_of(await caller.put(f"/settings/classifications/{key}", {"classification": "internal"}))
    query = {"area": "classifications", "key": key}
    [change] = (await admin.get("/settings/history", params=query)).json()["data"]
    assert change["by"] == f"key:{key} (anna)"
    invoice = await rules.put(draft_of(key))
    held = data_of(await caller.post(f"/invoices/{invoice.id}/hold", {"reason": "wait"}))
    assert held["held"]["by"] == f"key:{key} (anna)"


async def test_a_revoked_key_is_refused_at_once(http: httpx.AsyncClient, admin: Caller, key: str) -> None:
    made = await make(admin, key)
    caller = of(http, made)
    assert (await caller.get(VIEW)).status_code == 200
    assert (await admin.delete(f"{PATH}/{made['id']}")).status_code == 204
    error_of(await caller.get(VIEW), 401, "UNAUTHORIZED")
    assert (await listed(admin, made))["revoked_at"] is not None
    error_of(await admin.delete(f"{PATH}/{made['id']}"), 404, "NOT_FOUND")
    changes = (await admin.get("/settings/history", params={"area": "api-keys", "key": key})).json()["data"]
    assert [(change["by"], change["after"] is None) for change in changes] == [("anna", True), ("anna", False)]
    again = await make(admin, key)  # its name is free
    assert again["id"] != made["id"]


async def test_an_expired_key_is_refused(http: httpx.AsyncClient, admin: Caller, clock: Clock, key: str) -> None:
    caller = of(http, await make(admin, key, expires_in_days=1))
    clock.time += timedelta(days=1) - timedelta(seconds=1)
    assert (await caller.get(VIEW)).status_code == 200
    clock.advance(1)
    assert error_of(await caller.get(VIEW), 401, "UNAUTHORIZED")["message"] == "API key expired"


async def test_a_key_follows_its_owner(http: httpx.AsyncClient, admin: Caller, engine: AsyncEngine, key: str) -> None:
    """A key may not do more than its owner may now, and ends with the owner's access."""
    made = await make(admin, key, "manager")
    caller, owner = of(http, made), f"{key}-owner"

    async def owned_by(role: str, active: bool) -> None:
        async with engine.begin() as connection:
            row = update(User).where(col(User.username) == owner).values(role=role, active=active)
            await connection.execute(row)

    async with engine.begin() as connection:
        values = {"name": owner, "hashed": HASHED}
        query = "INSERT INTO users (username, password_hash, role) VALUES (:name, :hashed, 'admin')"
        await connection.execute(text(query), values)
        await connection.execute(update(ApiKey).where(col(ApiKey.id) == made["id"]).values(created_by=owner))
    path, body = f"/settings/classifications/{key}", {"classification": "internal"}
    assert (await caller.put(path, body)).status_code == 200
    await owned_by("viewer", True)
    error_of(await caller.put(path, body, headers={"If-Match": "*"}), 403, "FORBIDDEN")
    assert (await caller.get(VIEW)).status_code == 200
    await owned_by("admin", False)
    error_of(await caller.get(VIEW), 401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    "token", ["aktum_", "aktum_x", "aktum_" + "A" * 43, "AKTUM_x", "aktum_\u00e9", "aktum_" * 5000]
)
async def test_what_is_no_key_is_refused(http: httpx.AsyncClient, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode("latin-1")}
    response = await http.request("GET", f"/api/v1{VIEW}", headers=headers)  # type: ignore[arg-type]
    error_of(response, 401, "UNAUTHORIZED")


async def test_a_changed_key_is_no_key(http: httpx.AsyncClient, admin: Caller, key: str) -> None:
    made = await make(admin, key)
    for other in (made["key"][:-1], made["key"] + "A", made["key"].swapcase(), made["prefix"]):
        error_of(await of(http, {"key": other}).get(VIEW), 401, "UNAUTHORIZED")


async def test_a_key_makes_no_keys_and_has_no_password(http: httpx.AsyncClient, admin: Caller, key: str) -> None:
    caller = of(http, await make(admin, key, "admin"))
    error_of(await caller.post(PATH, {"name": f"{key}-2", "role": "viewer"}), 403, "FORBIDDEN")
    body = {"old_password": "x", "new_password": "lamp river forty socks"}
    error_of(await caller.post("/auth/password", body), 403, "FORBIDDEN")
    error_of(await caller.post("/auth/logout"), 403, "FORBIDDEN")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.MANAGER])
async def test_keys_are_for_admins(caller: Callable[[Role], Caller], key: str, role: Role) -> None:
    other = caller(role)
    for response in (
        await other.get(PATH),
        await other.post(PATH, {"name": key, "role": "viewer"}),
        await other.delete(f"{PATH}/{'0' * 32}"),
        await other.get("/settings/history", params={"area": "api-keys"}),
    ):
        assert "API keys" in error_of(response, 403, "FORBIDDEN")["message"] or "api-keys" in response.text


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        *[({"name": name}, "name") for name in ("", "a b", "-x", "a(b)", "a:b", "x" * 51, "ключ")],
        *[({"expires_in_days": days}, "expires_in_days") for days in (0, -1, 367, "soon")],
        ({"role": "king"}, "role"),
        ({"created_by": "marat"}, "created_by"),
    ],
)
async def test_bad_keys(admin: Caller, key: str, wrong: dict[str, Any], path: str) -> None:
    body = {"name": key, "role": "viewer"} | wrong
    [detail] = error_of(await admin.post(PATH, body), 400, "VALIDATION_ERROR")["details"]
    assert detail["path"] == path


async def test_a_name_is_used_by_one_key_at_a_time(admin: Caller, key: str) -> None:
    await make(admin, key)
    for name in (key, key.swapcase()):
        refused = error_of(await admin.post(PATH, {"name": name, "role": "viewer"}), 409, "CONFLICT")
        assert refused["details"]["reason"] == "AlreadyExists"
