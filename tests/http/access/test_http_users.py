"""Users: an admin or the command line adds them, changes take effect at once, and one admin always remains."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

import cli
from activities.database.database_url import psycopg_url
from api.access.repository import CredentialsRepository
from api.access.tokens import Tokens
from api.app import create_app
from api.deps import AppState
from models.access.roles import Role
from settings import Settings, load
from tests.http.callers import Caller, data_of, error_of

ROOT = Path(__file__).parents[3]
PASSWORD = "a password that is long"


def match(user: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": user["version"]}


def add(
    database_url: str, name: str, role: str = "admin", password: str = PASSWORD
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "cli.py", "user", "add", name, "--role", role],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url, "NO_COLOR": "1", "COLUMNS": "200"},
        input=f"{password}\n",
        capture_output=True,
        text=True,
        check=False,
    )


def refused(database_url: str, name: str, role: str = "admin", password: str = PASSWORD) -> tuple[int, str]:
    """Return the exit code and the text of `aktum user add`, called in this process."""
    words = ["user", "add", name, "--role", role]
    load.cache_clear()
    done = CliRunner().invoke(cli.app, words, input=f"{password}\n", env={"DATABASE_URL": database_url})
    load.cache_clear()  # later tests have other settings
    return done.exit_code, " ".join(done.output.split())


@pytest.fixture
async def fresh(api_settings: Settings, empty_database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A new installation without users."""
    app = create_app(api_settings.model_copy(update={"database_url": SecretStr(empty_database_url)}))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api/api/v1") as client,
    ):
        yield client


async def login(http: httpx.AsyncClient, name: str, password: str = PASSWORD) -> httpx.Response:
    return await http.post("/auth/login", json={"username": name, "password": password})


async def test_the_first_user_is_added_on_the_command_line(fresh: httpx.AsyncClient, empty_database_url: str) -> None:
    error_of(await login(fresh, "root"), 401, "UNAUTHORIZED")
    done = add(empty_database_url, "root")
    assert done.returncode == 0, done.stderr
    assert "root" in done.stdout
    assert "admin" in done.stdout
    headers = {"Authorization": f"Bearer {data_of(await login(fresh, 'root'))['token']}"}
    [listed] = data_of(await fresh.get("/settings/users", headers=headers))
    assert listed == {
        "username": "root",
        "version": listed["version"],
        "role": "admin",
        "active": True,
        "email": None,
    }
    [change] = (await fresh.get("/settings/history", headers=headers)).json()["data"]
    assert (change["by"], change["area"], change["key"], change["before"]) == (
        "the command line",
        "users",
        "root",
        None,
    )
    assert change["after"] == {"role": "admin", "active": True}

    # The only admin can neither be deactivated nor get another role.
    for body in ({"active": False}, {"role": "viewer"}):
        response = await fresh.patch("/settings/users/root", json=body, headers=headers | match(listed))
        assert "the only admin" in error_of(response, 400, "VALIDATION_ERROR")["message"]
    second = {"username": "second", "role": "admin", "password": PASSWORD}
    data_of(await fresh.post("/settings/users", json=second, headers=headers), 201)
    response = await fresh.patch("/settings/users/root", json={"role": "viewer"}, headers=headers | match(listed))
    assert data_of(response)["role"] == "viewer"
    error_of(await fresh.get("/settings/users", headers=headers), 403, "FORBIDDEN")


def test_what_the_command_line_refuses(empty_database_url: str) -> None:
    for name, password, words in (
        ("a b", PASSWORD, ("name", "100")),
        ("root", "short", ("password", "12", "1000")),
    ):
        code, output = refused(empty_database_url, name, password=password)
        assert code == 1
        assert all(word in output for word in words), output
    assert refused(empty_database_url, "root", role="king")[0] == 2
    assert add(empty_database_url, "root").returncode == 0
    code, output = refused(empty_database_url, "root", role="viewer")
    assert code == 1
    assert "The user root exists already" in output
    code, output = refused("postgresql://nobody@127.0.0.1:1/nothing", "root")
    assert code == 1
    assert "PostgreSQL cannot be used" in output
    assert "Check DATABASE_URL." in output
    engine = create_engine(psycopg_url(empty_database_url))
    with engine.connect() as connection:
        [(name, hashed, role)] = connection.execute(text("SELECT username, password_hash, role FROM users")).all()
    engine.dispose()
    assert (name, role) == ("root", "admin")
    assert PasswordHasher().verify(hashed, PASSWORD)


async def test_a_user_is_added_changed_and_deactivated(
    http: httpx.AsyncClient, state: AppState, tokens: Tokens, admin: Caller, key: str
) -> None:
    body = {"username": key, "role": "viewer", "password": PASSWORD}
    response = await admin.post("/settings/users", body)
    made = data_of(response, 201)
    assert (made["role"], made["active"]) == ("viewer", True)
    assert PASSWORD not in response.text
    error = error_of(await admin.post("/settings/users", body), 409, "CONFLICT")
    assert error["details"]["reason"] == "AlreadyExists"
    assert key in error["message"]
    assert error["details"]["current"]["value"] == {"role": "viewer", "active": True}

    async def log_in(password: str) -> httpx.Response:
        return await http.post("/api/v1/auth/login", json={"username": key, "password": password})

    data_of(await log_in(PASSWORD))

    async def logged_in() -> Caller:
        login = await CredentialsRepository(state.engines.queries).find(key)
        assert login is not None
        token, _ = tokens.issue(login, state.started)  # PyJWT uses the real clock
        return Caller(http, {"Authorization": f"Bearer {token}"})

    user = await logged_in()
    rule = {"valid_from": "2026-01-01", "base_hourly_rate": "1", "monthly_limit_hours": "0"}
    error_of(await user.post(f"/settings/rate-rules/{key}", rule), 403, "FORBIDDEN")
    path = f"/settings/users/{key}"
    error_of(await admin.patch(path, {"role": "manager"}), 409, "CONFLICT")
    raised = data_of(await admin.patch(path, {"role": "manager"}, headers=match(made)))
    error_of(await admin.patch(path, {"role": "viewer"}, headers=match(made)), 409, "CONFLICT")
    data_of(await user.post(f"/settings/rate-rules/{key}", rule), 201)  # at once, with the same token

    changed = data_of(await admin.patch(path, {"password": "another password"}, headers=match(raised)))
    assert changed["version"] != raised["version"]
    error_of(await log_in(PASSWORD), 401, "UNAUTHORIZED")
    data_of(await log_in("another password"))
    error_of(await user.get("/settings/exclusions"), 401, "UNAUTHORIZED")  # a new password ends the token
    user = await logged_in()
    assert (await user.get("/settings/exclusions")).status_code == 200
    data_of(await admin.patch(path, {"active": False}, headers=match(changed)))
    error_of(await user.get("/settings/exclusions"), 401, "UNAUTHORIZED")
    error_of(await log_in("another password"), 401, "UNAUTHORIZED")

    query = {"area": "users", "key": key}
    found = (await admin.get("/settings/history", params=query)).json()["data"]
    assert [change["by"] for change in found] == ["anna"] * 4
    assert [change["after"] for change in found] == [
        {"role": "manager", "active": False},
        {"role": "manager", "active": True, "password": "changed"},
        {"role": "manager", "active": True},
        {"role": "viewer", "active": True},
    ]
    assert [change["before"] for change in found[1:]] == [
        {"role": "manager", "active": True},
        {"role": "viewer", "active": True},
        None,
    ]


async def test_the_address_of_a_user(admin: Caller, key: str) -> None:
    body = {"username": key, "role": "manager", "password": PASSWORD, "email": f"{key}@Proxima.example"}
    made = data_of(await admin.post("/settings/users", body), 201)
    assert made["email"] == f"{key}@proxima.example"
    path = f"/settings/users/{key}"
    raised = data_of(await admin.patch(path, {"role": "admin"}, headers=match(made)))
    assert raised["email"] == made["email"]
    for wrong in ("somebody", "a@b", "a@b.example, c@d.example", "a" * 250 + "@b.example"):
        error = error_of(await admin.patch(path, {"email": wrong}, headers=match(raised)), 400, "VALIDATION_ERROR")
        assert [detail["path"] for detail in error["details"]] == ["email"]
    removed = data_of(await admin.patch(path, {"email": ""}, headers=match(raised)))
    assert removed["email"] is None
    [change, *_] = (await admin.get("/settings/history", params={"area": "users", "key": key})).json()["data"]
    assert change["before"]["email"] == made["email"]
    assert "email" not in change["after"]


async def test_the_history_of_users_is_for_admins(caller: Callable[[Role], Caller], admin: Caller, key: str) -> None:
    """Other roles see neither the users' changes nor their number, as they do not see the list of users."""
    data_of(await admin.post("/settings/users", {"username": key, "role": "viewer", "password": PASSWORD}), 201)
    data_of(await admin.put(f"/settings/exclusions/{key}", {"exclusion_type": "excluded"}), 200)
    of_key = {"key": key, "per_page": 100}
    for role in (Role.VIEWER, Role.EDITOR, Role.MANAGER):
        other = caller(role)
        error = error_of(await other.get("/settings/history", params={"area": "users"}), 403, "FORBIDDEN")
        assert "needs the role admin" in error["message"]
        found = (await other.get("/settings/history", params=of_key)).json()
        assert [change["area"] for change in found["data"]] == ["exclusions"]
        assert found["meta"]["total"] == 1
    found = (await admin.get("/settings/history", params=of_key)).json()
    assert [change["area"] for change in found["data"]] == ["exclusions", "users"]
    assert found["meta"]["total"] == 2


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"username": "a b"}, "username"),
        ({"username": ""}, "username"),
        ({"role": "king"}, "role"),
        ({"password": "short"}, "password"),
        ({"active": True}, "active"),
    ],
)
async def test_bad_users(admin: Caller, key: str, wrong: dict[str, Any], path: str) -> None:
    body = {"username": key, "role": "viewer", "password": PASSWORD} | wrong
    error = error_of(await admin.post("/settings/users", body), 400, "VALIDATION_ERROR")
    assert [detail["path"] for detail in error["details"]] == [path]


async def test_bad_changes(admin: Caller, manager: Caller) -> None:
    error_of(await admin.patch("/settings/users/nobody", {"role": "viewer"}), 404, "NOT_FOUND")
    error_of(await admin.patch("/settings/users/vera", {}), 400, "VALIDATION_ERROR")
    error_of(await admin.patch("/settings/users/vera", {"password": "short"}), 400, "VALIDATION_ERROR")
    error_of(await manager.patch("/settings/users/vera", {"role": "admin"}), 403, "FORBIDDEN")
