"""One's own password, the logout, and which changes end the tokens of a user."""

import httpx
import pytest

from api.access.repository import CredentialsRepository
from api.access.tokens import Tokens
from api.deps import AppState
from models.access.login_throttle import OF_NAME
from tests.http.access.conftest import Clock
from tests.http.callers import Caller, data_of, error_of

OLD, NEW = "lamp river forty socks", "cloud seven pencil tea"
VIEW = "/settings/exclusions"


class Person:
    """A user of one test alone, who can log in several times."""

    def __init__(self, http: httpx.AsyncClient, state: AppState, tokens: Tokens, name: str) -> None:
        self.http, self.state, self.tokens, self.name = http, state, tokens, name

    async def session(self) -> Caller:
        """Return a caller with a token by the real clock, because PyJWT uses it."""
        found = await CredentialsRepository(self.state.engines.queries).find(self.name)
        assert found is not None
        token, _ = self.tokens.issue(found, self.state.started)
        return Caller(self.http, {"Authorization": f"Bearer {token}"})

    async def log_in(self, password: str) -> httpx.Response:
        return await self.http.post("/api/v1/auth/login", json={"username": self.name, "password": password})


@pytest.fixture
async def person(http: httpx.AsyncClient, state: AppState, tokens: Tokens, admin: Caller, key: str) -> Person:
    data_of(await admin.post("/settings/users", {"username": key, "role": "viewer", "password": OLD}), 201)
    return Person(http, state, tokens, key)


async def is_dead(session: Caller) -> bool:
    return (await session.get(VIEW)).status_code == 401


async def test_a_new_password_ends_all_tokens_and_returns_a_new_one(person: Person, admin: Caller) -> None:
    here, elsewhere = await person.session(), await person.session()
    answer = data_of(await here.post("/auth/password", {"old_password": OLD, "new_password": NEW}))
    assert (answer["username"], answer["role"]) == (person.name, "viewer")
    assert await is_dead(here)
    assert await is_dead(elsewhere)
    assert not await is_dead(await person.session())
    error_of(await person.log_in(OLD), 401, "UNAUTHORIZED")
    data_of(await person.log_in(NEW))
    query = {"area": "users", "key": person.name}
    changes = (await admin.get("/settings/history", params=query)).json()["data"]
    assert changes[0]["by"] == person.name
    assert changes[0]["after"] == {"role": "viewer", "active": True, "password": "changed"}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"old_password": "wrong", "new_password": NEW}, "old_password"),
        ({"old_password": f"{OLD} ", "new_password": NEW}, "old_password"),
        ({"new_password": NEW}, "old_password"),
        ({"old_password": OLD}, "new_password"),
        ({"old_password": OLD, "new_password": OLD}, "new_password"),
        ({"old_password": OLD, "new_password": "short"}, "new_password"),
        ({"old_password": OLD, "new_password": "passwordpassword"}, "new_password"),
        ({"old_password": OLD, "new_password": NEW, "username": "anna"}, "username"),
    ],
)
async def test_a_refused_change_changes_nothing(person: Person, body: dict[str, str], path: str) -> None:
    session = await person.session()
    [detail] = error_of(await session.post("/auth/password", body), 400, "VALIDATION_ERROR")["details"]
    assert detail["path"] == path
    assert not await is_dead(session)
    data_of(await person.log_in(OLD))


async def test_the_old_password_cannot_be_guessed_with_a_stolen_token(person: Person, clock: Clock) -> None:
    session = await person.session()
    wrong = {"old_password": "wrong", "new_password": NEW}
    for _ in range(OF_NAME.free):
        error_of(await session.post("/auth/password", wrong), 400, "VALIDATION_ERROR")
    right = await session.post("/auth/password", {"old_password": OLD, "new_password": NEW})
    error_of(right, 429, "TOO_MANY_REQUESTS")
    assert right.headers["Retry-After"] == "1"
    error_of(await person.log_in(OLD), 429, "TOO_MANY_REQUESTS")


async def test_a_password_from_an_admin_can_be_used_at_once(person: Person, admin: Caller, clock: Clock) -> None:
    for _ in range(OF_NAME.free):
        error_of(await person.log_in("wrong"), 401, "UNAUTHORIZED")
    error_of(await person.log_in(OLD), 429, "TOO_MANY_REQUESTS")
    data_of(await admin.patch(f"/settings/users/{person.name}", {"password": NEW}, headers={"If-Match": "*"}))
    data_of(await person.log_in(NEW))


async def test_a_logout_ends_all_tokens_of_the_user_alone(person: Person, viewer: Caller) -> None:
    here, elsewhere = await person.session(), await person.session()
    assert (await here.post("/auth/logout")).status_code == 204
    assert await is_dead(here)
    assert await is_dead(elsewhere)
    assert not await is_dead(viewer)
    assert not await is_dead(await person.session())
    error_of(await here.post("/auth/logout"), 401, "UNAUTHORIZED")


async def test_a_reactivated_user_logs_in_again(person: Person, admin: Caller) -> None:
    before = await person.session()
    for active in (False, True):
        body = {"active": active}
        data_of(await admin.patch(f"/settings/users/{person.name}", body, headers={"If-Match": "*"}))
        assert await is_dead(before)
    assert not await is_dead(await person.session())


async def test_a_token_dies_although_the_password_returns(person: Person, admin: Caller) -> None:
    before = await person.session()
    for password in (NEW, OLD):
        body = {"password": password}
        data_of(await admin.patch(f"/settings/users/{person.name}", body, headers={"If-Match": "*"}))
    assert await is_dead(before)


async def test_another_role_keeps_the_session(person: Person, admin: Caller) -> None:
    session = await person.session()
    data_of(await admin.patch(f"/settings/users/{person.name}", {"role": "editor"}, headers={"If-Match": "*"}))
    assert not await is_dead(session)


@pytest.mark.parametrize("path", ["/auth/password", "/auth/logout"])
async def test_both_need_a_login(http: httpx.AsyncClient, path: str) -> None:
    body = {"old_password": OLD, "new_password": NEW}
    error_of(await http.post(f"/api/v1{path}", json=body), 401, "UNAUTHORIZED")
