"""Login, tokens, and what each role may do."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from api.access.tokens import Tokens
from api.app import create_app
from api.deps import AppState
from models.access.roles import Role
from models.access.tables import User
from models.access.users import password_mark
from models.invoice.permissions import LEAST_ROLE, may
from models.invoice.status import CommandName
from settings import AuthSettings, Settings
from tests.http.callers import HASHED, NAMES, NOW, PASSWORD, Caller, Rules, data_of, draft_of, error_of, user_of

SECRET = "a secret for tests that is long enough"


async def log_in(http: httpx.AsyncClient, **body: object) -> httpx.Response:
    return await http.post("/api/v1/auth/login", json=body)


async def test_login_returns_a_token_for_24_hours(http: httpx.AsyncClient, state: AppState) -> None:
    data = data_of(await log_in(http, username="marat", password=PASSWORD))
    assert data["username"] == "marat"
    assert data["role"] == "manager"
    assert data["expires_at"] == "2026-03-02T06:00:00Z"  # NOW is 2026-03-01 06:00 UTC
    claims = jwt.decode(data["token"], SECRET, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})
    assert claims == {
        "sub": "marat",
        "role": "manager",
        "password_mark": password_mark(HASHED),
        "session_epoch": 0,
        "iat": int(NOW.timestamp()),
        "exp": int((NOW + timedelta(hours=24)).timestamp()),
    }


@pytest.mark.parametrize(
    ("username", "password"), [("marat", "wrong"), ("nobody", PASSWORD), ("ghost", PASSWORD), ("MARAT", PASSWORD)]
)
async def test_every_refused_login_gets_the_same_answer(http: httpx.AsyncClient, username: str, password: str) -> None:
    refused = error_of(await log_in(http, username=username, password=password), 401, "UNAUTHORIZED")
    assert refused["message"] == "wrong username or password"


async def test_an_unknown_name_takes_one_hash_like_a_known_one(
    http: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    monkeypatch.setattr(app.state.passwords, "_verify", lambda hashed, _: checked.append(hashed))
    await log_in(http, username="nobody", password="x")
    await log_in(http, username="marat", password="x")
    parameters = [hashed.split("$")[1:4] for hashed in checked]
    assert parameters[0] == parameters[1]
    assert parameters[0][0] == "argon2id"


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ({"password": "x"}, "username", "is required"),
        ({"username": "marat"}, "password", "is required"),
        ({"username": "", "password": "x"}, "username", "must not be empty"),
        ({"username": 7, "password": "x"}, "username", "must be text"),
        ({"username": "m\x00", "password": "x"}, "body", "NUL character"),
        (
            {"username": "marat", "password": "x", "role": "admin"},
            "role",
            "unknown field; known are username, password",
        ),
    ],
)
async def test_a_bad_login_body(http: httpx.AsyncClient, body: dict[str, object], path: str, message: str) -> None:
    [detail] = error_of(await log_in(http, **body), 400, "VALIDATION_ERROR")["details"]
    assert detail["path"] == path
    assert message in detail["message"]


def token_of(state: AppState, *, secret: str = SECRET, algorithm: str = "HS256", **changes: object) -> str:
    claims = {
        "sub": "marat",
        "role": "manager",
        "password_mark": password_mark(HASHED),
        "session_epoch": 0,
        "iat": state.started,
        "exp": state.started + timedelta(hours=1),
    }
    return jwt.encode({k: v for k, v in (claims | changes).items() if v is not None}, secret, algorithm=algorithm)


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (None, "log in first"),
        ("Basic bWFyYXQ6eA==", "log in first"),
        ("Bearer", "log in first"),
        ("Bearer not.a.token", "not valid"),
    ],
)
async def test_without_a_token(http: httpx.AsyncClient, authorization: str | None, message: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    response = await http.get("/api/v1/invoices", headers=headers)
    assert message in error_of(response, 401, "UNAUTHORIZED")["message"]
    assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_bad_tokens(http: httpx.AsyncClient, state: AppState) -> None:
    async def message(token: str) -> str:
        response = await http.get("/api/v1/invoices", headers={"Authorization": f"Bearer {token}"})
        return str(error_of(response, 401, "UNAUTHORIZED")["message"])

    old = datetime.now(UTC) - timedelta(hours=25)
    assert await message(token_of(state, iat=old, exp=old + timedelta(hours=24))) == "token expired"
    not_valid = "the token is not valid; log in again"
    assert await message(token_of(state, exp=None)) == not_valid
    assert await message(token_of(state, sub="nobody")) == not_valid
    assert await message(token_of(state, sub="ghost")) == not_valid
    assert await message(token_of(state, password_mark=None)) == not_valid
    assert await message(token_of(state, password_mark=password_mark("another hash"))) == not_valid
    assert await message(token_of(state, session_epoch=None)) == not_valid
    assert await message(token_of(state, session_epoch=1)) == not_valid
    assert await message(token_of(state, secret="x" * 40)) == not_valid
    assert await message(token_of(state, secret="", algorithm="none")) == not_valid
    ours = {"Authorization": f"Bearer {token_of(state)}"}  # the same claims with the right signature
    assert (await http.get("/api/v1/invoices", headers=ours)).status_code == 200


async def test_a_demotion_takes_effect_at_once(
    engine: AsyncEngine, rules: Rules, caller: Callable[[Role], Caller], key: str
) -> None:
    admin, made = caller(Role.ADMIN), await rules.put(draft_of(key))
    change = update(User).where(col(User.username) == NAMES[Role.ADMIN])
    async with engine.begin() as connection:
        await connection.execute(change.values(role="viewer"))
    try:
        error_of(await admin.post(f"/invoices/{made.id}/hold", {"reason": "wait"}), 403, "FORBIDDEN")
    finally:
        async with engine.begin() as connection:
            await connection.execute(change.values(role="admin"))
    assert data_of(await admin.post(f"/invoices/{made.id}/hold", {"reason": "wait"}))["held"]["by"] == "anna"


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        *[(text, "is not set") for text in ("", " ", " " * 40)],
        *[(text, "is too short") for text in ("a", "secret", "changeme", "x" * 31, "я" * 15, f"{'x' * 31} ")],
    ],
)
def test_the_api_does_not_start_without_a_long_secret(api_settings: Settings, secret: str, problem: str) -> None:
    """HS256 needs 32 bytes; a Russian letter has two."""
    without = api_settings.model_copy(update={"auth": AuthSettings(jwt_secret=SecretStr(secret))})
    with pytest.raises(SystemExit, match=f"AKTUM_AUTH__JWT_SECRET {problem}.*32 bytes"):
        create_app(without)


@pytest.mark.parametrize("secret", ["x" * 32, "я" * 16])
def test_the_api_starts_with_a_secret_of_32_bytes(api_settings: Settings, secret: str) -> None:
    create_app(api_settings.model_copy(update={"auth": AuthSettings(jwt_secret=SecretStr(secret))}))


def test_tokens_of_another_secret_are_refused(api_settings: Settings) -> None:
    token, _ = Tokens(AuthSettings(jwt_secret=SecretStr("z" * 40))).issue(user_of(Role.MANAGER), NOW)
    with pytest.raises(Exception, match="not valid"):
        Tokens(api_settings.auth).claims(token)


EDITORS = {
    *("edit", "undo", "regenerate", "check_facts", "take_in", "finalize", "mark_uploaded", "record_payment", "discard"),
    "write_off",
    "submit_signature",
    "record_portal_status",
}
MANAGERS = {
    *("approve", "decline", "reopen", "deliver", "accept", "reject", "void", "hold", "release"),
    *("reverse_payment", "retry_effect", "resolve_effect", "sync_planfact"),
}


def test_each_command_has_its_documented_role() -> None:
    assert {name.value for name in CommandName} == EDITORS | MANAGERS
    for name in CommandName:
        roles = {role for role in Role if may(role, name)}
        managers = {Role.MANAGER, Role.ADMIN}
        assert roles == (managers | {Role.EDITOR} if name in EDITORS else managers)


@pytest.mark.parametrize("command", list(CommandName))
async def test_each_command_is_forbidden_to_the_role_below(
    caller: Callable[[Role], Caller], rules: Rules, key: str, command: CommandName
) -> None:
    """The role is checked before the body, so the empty body does not matter, and nothing is sent."""
    made = await rules.put(draft_of(key))
    below = Role.VIEWER if LEAST_ROLE[command] is Role.EDITOR else Role.EDITOR
    path = f"/invoices/{made.id}" + ("" if command is CommandName.EDIT else f"/{command}")
    ask = caller(below).patch if command is CommandName.EDIT else caller(below).post
    refused = error_of(await ask(path, {}), 403, "FORBIDDEN")
    assert (
        refused["message"]
        == f"{command} needs the role {LEAST_ROLE[command]} or a higher one; {NAMES[below]} is {below}"
    )
    assert rules.sent == []


@pytest.mark.parametrize("path", ["/invoices/prefill", "/invoices/generate"])
async def test_a_viewer_cannot_create_drafts(viewer: Caller, rules: Rules, path: str) -> None:
    error_of(await viewer.post(path, {"application_key": "APP-001"}), 403, "FORBIDDEN")
    assert rules.made == []
