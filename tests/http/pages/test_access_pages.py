"""The pages of users and API keys, and the own account: who has them, what they change, and what is shown once."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.deps import AppState, utc_now
from api.pages.sessions import HOST_COOKIE
from models.access.api_keys import KEY_START
from models.access.roles import Role
from models.access.tables import LoginFailures, User
from tests.http.callers import HASHED, PASSWORD, Caller, data_of
from tests.http.pages.desk_visits import Page, Visitor

Visits = Callable[[Role], Visitor]
LONG = "a quiet river bends twice"


@pytest.fixture
async def name(engine: AsyncEngine) -> AsyncIterator[str]:
    """A user of this test alone, who is an editor with the password of all."""
    name = f"user-{uuid4().hex[:10]}"
    async with engine.begin() as connection:
        await connection.execute(delete(LoginFailures))
        await connection.execute(
            text("INSERT INTO users (username, password_hash, role) VALUES (:name, :hashed, 'editor')"),
            {"name": name, "hashed": HASHED},
        )
    yield name
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE users SET active = false, role = 'viewer' WHERE username = :name"), {"name": name}
        )


@pytest.fixture
def _real_clock(app: FastAPI, state: AppState) -> Iterator[None]:
    """PyJWT uses the real clock when it reads the token of a login."""
    app.state.app_state = replace(state, clock=utc_now)
    yield
    app.state.app_state = state


async def stored(engine: AsyncEngine, name: str) -> User:
    async with engine.connect() as connection:
        row = (await connection.execute(select(User.__table__).where(User.username == name))).one()  # type: ignore[attr-defined,arg-type]
    return User.model_validate(dict(row._mapping))


def row_of(page: Page, name: str) -> str:
    [found] = [text for text in page.texts("table.people tbody tr") if text.split()[0] == name]
    return found


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.MANAGER])
@pytest.mark.parametrize(
    "path", ["/settings/users", "/settings/users/new", "/settings/api-keys", "/settings/api-keys/new"]
)
async def test_only_an_admin_has_these_pages(visitor: Visits, role: Role, path: str) -> None:
    person = visitor(role)
    assert (await person.get(path)).status == 403
    assert (await person.post(path, {"key": "k"})).status in (403, 405)
    assert "/settings/users" not in (await person.get("/invoices")).links("nav.side a")


async def test_a_user_is_added_and_signs_in(visitor: Visits, stranger: Visitor, engine: AsyncEngine) -> None:
    anna, name = visitor(Role.ADMIN), f"new-{uuid4().hex[:10]}"
    form = await anna.get("/settings/users/new")
    typed = {**form.fields(), "username": name, "role": "manager", "password": LONG, "email": "new@example.com"}
    answer = await anna.post("/settings/users/new", typed)
    assert answer.response.headers["Location"] == f"/settings/users?done={name}"
    page = await anna.get(answer.response.headers["Location"])
    assert name in page.texts(".panel.done")[0]
    assert "manager may sign in new@example.com" in row_of(page, name)
    assert (await stranger.post("/login", {"username": name, "password": LONG})).response.headers["Location"] == "/"
    again = await anna.post("/settings/users/new", typed)
    assert again.status == 409
    assert again.fields()["username"] == name
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE users SET active = false WHERE username = :name"), {"name": name})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "two words"}, "username"),
        ({"username": ""}, "username"),
        ({"role": "boss"}, "role"),
        ({"password": "short"}, "password"),
        ({"password": ""}, "password"),
        ({"password": "passwordpassword"}, "password"),
        ({"email": "nobody"}, "email"),
    ],
)
async def test_what_is_wrong_stands_at_its_field_and_no_password_is_shown_again(
    visitor: Visits, change: dict[str, str], field: str
) -> None:
    good = {"key": uuid4().hex, "username": "somebody", "role": "viewer", "password": LONG, "email": ""}
    page = await visitor(Role.ADMIN).post("/settings/users/new", {**good, **change})
    assert page.status == 400
    assert page.links("[role=alert] li a") in ([f"#f-{field}"], [])
    assert page.all(f"#f-{field}[aria-invalid]") != []
    assert LONG not in page.response.text
    assert page.fields()["username"] == {**good, **change}["username"]


async def test_a_change_takes_effect_and_a_stale_one_shows_why(visitor: Visits, name: str, engine: AsyncEngine) -> None:
    anna = visitor(Role.ADMIN)
    first, second = [await anna.get(f"/settings/users/{name}") for _ in range(2)]
    assert first.fields()["role"] == "editor"
    assert first.fields()["active"] == "true"
    answer = await anna.post(f"/settings/users/{name}", {**first.fields(), "role": "manager", "active": "false"})
    assert answer.status == 303
    after = await stored(engine, name)
    assert (after.role, after.active) == ("manager", False)
    stale = await anna.post(f"/settings/users/{name}", {**second.fields(), "role": "viewer"})
    assert stale.status == 409
    assert "changed" in stale.texts("[role=alert]")[0]
    assert (await stored(engine, name)).role == "manager"
    deliberate = await anna.post(f"/settings/users/{name}", {**stale.fields()})
    assert deliberate.status == 303
    assert (await stored(engine, name)).role == "viewer"


@pytest.mark.usefixtures("_real_clock")
async def test_a_new_password_ends_the_sessions(
    visitor: Visits, stranger: Visitor, name: str, engine: AsyncEngine
) -> None:
    anna = visitor(Role.ADMIN)
    signed_in = await stranger.post("/login", {"username": name, "password": PASSWORD})
    own = Visitor(stranger.http, signed_in.response.cookies[HOST_COOKIE])
    assert (await own.get("/me")).status == 200
    form = await anna.get(f"/settings/users/{name}/password")
    assert (await anna.post(f"/settings/users/{name}/password", form.fields())).status == 400
    assert (await anna.post(f"/settings/users/{name}/password", {**form.fields(), "password": LONG})).status == 303
    assert (await own.get("/me")).response.headers["Location"].startswith("/login")
    assert (await stranger.post("/login", {"username": name, "password": LONG})).status == 303


@pytest.mark.usefixtures("_real_clock")
async def test_an_admin_ends_the_sessions_of_a_user(
    visitor: Visits, stranger: Visitor, admin: Caller, name: str
) -> None:
    anna = visitor(Role.ADMIN)
    signed_in = await stranger.post("/login", {"username": name, "password": PASSWORD})
    own = Visitor(stranger.http, signed_in.response.cookies[HOST_COOKIE])
    assert (await own.get("/me")).status == 200
    form = await anna.get(f"/settings/users/{name}/end-sessions")
    assert name in form.text
    assert (await anna.post(f"/settings/users/{name}/end-sessions", form.fields())).status == 303
    assert (await own.get("/me")).status == 303
    assert (await stranger.post("/login", {"username": name, "password": PASSWORD})).status == 303
    history = await admin.get("/settings/history", params={"area": "users", "key": name})
    [change] = history.json()["data"]
    assert (change["by"], change["reason"]) == ("anna", "All sessions were ended.")


async def test_a_key_is_shown_once_and_revoked(visitor: Visits, caller: Callable[[Role], Caller]) -> None:
    anna, key_name = visitor(Role.ADMIN), f"erp-{uuid4().hex[:8]}"
    form = await anna.get("/settings/api-keys/new")
    assert form.fields()["expires_in_days"] == "90"
    typed = {**form.fields(), "name": key_name, "role": "editor", "expires_in_days": "30"}
    made = await anna.post("/settings/api-keys/new", typed)
    secret = made.all("#secret")[0].attributes["value"] or ""
    assert secret.startswith(KEY_START)
    machine = Caller(anna.http, {"Authorization": f"Bearer {secret}"})
    assert (await machine.get("/invoices/views")).status_code == 200
    again = await anna.post("/settings/api-keys/new", typed)
    assert again.status == 409
    page = await anna.get("/settings/api-keys")
    assert secret not in page.response.text
    assert "valid until" in row_of(page, key_name)
    assert key_name in (await anna.get("/me")).text
    [link] = [each for each in page.links("table a[data-command]") if key_name in _label(page, each)]
    confirm = await anna.get(link)
    for _ in range(2):
        revoked = await anna.post(link, confirm.fields())
        assert revoked.status == 303
    assert (await machine.get("/invoices/views")).status_code == 401
    assert "revoked" in row_of(await anna.get(revoked.response.headers["Location"]), key_name)
    assert (await anna.get(link)).status == 404


def _label(page: Page, address: str) -> str:
    return next(
        str(node.attributes["aria-label"]) for node in page.all("table a") if node.attributes["href"] == address
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"expires_in_days": "367"}, "expires_in_days"),
        ({"expires_in_days": "soon"}, "expires_in_days"),
        ({"name": "a b"}, "name"),
    ],
)
async def test_a_key_that_cannot_be_made_says_why(visitor: Visits, change: dict[str, str], field: str) -> None:
    good = {"key": uuid4().hex, "name": "erp", "role": "viewer", "expires_in_days": "30"}
    page = await visitor(Role.ADMIN).post("/settings/api-keys/new", {**good, **change})
    assert page.status == 400
    assert page.links("[role=alert] li a") == [f"#f-{field}"]


@pytest.mark.usefixtures("_real_clock")
async def test_the_own_password_is_changed_and_this_session_goes_on(stranger: Visitor, name: str) -> None:
    signed_in = await stranger.post("/login", {"username": name, "password": PASSWORD})
    here, elsewhere = [Visitor(stranger.http, signed_in.response.cookies[HOST_COOKIE]) for _ in range(2)]
    form = await here.get("/me/password")
    wrong = await here.post("/me/password", {**form.fields(), "old_password": "not this", "new_password": LONG})
    assert wrong.status == 400
    assert wrong.all("#f-old_password[aria-invalid]") != []
    typed = {**form.fields(), "old_password": PASSWORD, "new_password": LONG}
    answer = await here.post("/me/password", typed)
    assert answer.response.headers["Location"] == "/me?done=password"
    going_on = Visitor(stranger.http, answer.response.cookies[HOST_COOKIE])
    assert "Your password is changed" in (await going_on.get("/me?done=password")).text
    assert (await elsewhere.get("/me")).status == 303


async def test_the_own_account_names_the_delegations(visitor: Visits, admin: Caller, name: str) -> None:
    body = {
        "delegator": "marat",
        "delegate": name,
        "commands": ["approve"],
        "valid_from": "2026-03-01",
        "valid_to": "2026-03-05",
    }
    made = data_of(await admin.post("/settings/delegations", body), 201)
    page = await visitor(Role.MANAGER).get("/me")
    assert f"{name} for marat" in page.text
    assert f"{name} for marat" not in (await visitor(Role.ADMIN).get("/me")).text
    await admin.delete(f"/settings/delegations/{made['id']}")
    assert f"{name} for marat" not in (await visitor(Role.MANAGER).get("/me")).text
