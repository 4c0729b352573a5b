"""Delegations over HTTP: who makes, sees and ends them, and what a delegate may do with each role."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from api.access.repository import Credentials
from api.access.tokens import Tokens
from api.deps import AppState
from models.access.roles import Role
from models.access.tables import User
from models.invoice.invoice import Invoice
from tests.fixtures.invoices import drafted, reviewable, terms
from tests.http.access.conftest import Clock
from tests.http.callers import HASHED, Caller, Rules, data_of, draft_of, error_of, seed_contract

PATH = "/settings/delegations"
DAY = 24 * 3600
REASON = {"reason": "wrong client"}

# Makes a user of the role with a name of this test alone; returns the name and a caller.
NewUser = Callable[[str, Role], Awaitable[tuple[str, Caller]]]


@pytest.fixture
def new_user(http: httpx.AsyncClient, state: AppState, tokens: Tokens, engine: AsyncEngine, key: str) -> NewUser:
    async def make(name: str, role: Role) -> tuple[str, Caller]:
        username = f"{name}-{key.lower()}"
        async with engine.begin() as connection:
            row = {"username": username, "password_hash": HASHED, "role": role.value, "active": True}
            await connection.execute(insert(User).values(row))
        user = Credentials(username, HASHED, role.value, active=True, session_epoch=0)
        token, _ = tokens.issue(user, state.started)
        return username, Caller(http, {"Authorization": f"Bearer {token}"})

    return make


def body(delegate: str, *commands: str, **changes: Any) -> dict[str, Any]:
    """The clock says 2026-03-01."""
    days = {"valid_from": "2026-03-01", "valid_to": "2026-03-14"}
    return {"delegate": delegate, "commands": commands or ("approve",), "reason": "holiday"} | days | changes


def for_(name: str) -> dict[str, str]:
    return {"On-Behalf-Of": name}


def under_review(key: str, by: str = "lena", **review: Any) -> Invoice:
    draft = draft_of(key)
    agreed = terms(issuer={"party": {"name": "ProximaOps"}, "review": review})
    invoice = reviewable(draft.model_copy(update={"content": drafted(seed_contract(key), agreed)}))
    assert invoice.finalized is not None
    return invoice.model_copy(update={"finalized": invoice.finalized.model_copy(update={"by": by})})


async def approve(caller: Caller, invoice: Invoice, name: str | None = None) -> httpx.Response:
    return await caller.post(
        f"/invoices/{invoice.id}/approve", {"digest": invoice.digest}, headers=for_(name) if name else {}
    )


class TestMaking:
    async def test_a_manager_lets_a_viewer_act(self, new_user: NewUser, admin: Caller) -> None:
        boss, of_boss = await new_user("boss", Role.MANAGER)
        vera, of_vera = await new_user("vera", Role.VIEWER)
        _, stranger = await new_user("stranger", Role.MANAGER)
        made = data_of(await of_boss.post(PATH, body(vera, "void", "approve")), 201)
        assert made == {
            "id": made["id"],
            "delegator": boss,
            "delegate": vera,
            "commands": ["approve", "void"],
            "valid_from": "2026-03-01",
            "valid_to": "2026-03-14",
            "reason": "holiday",
            "created_by": boss,
            "created_at": "2026-03-01T06:00:00Z",
            "revoked_at": None,
            "stands": True,
        }
        for caller in (of_boss, of_vera):
            assert data_of(await caller.get(PATH)) == [made]
        assert data_of(await stranger.get(PATH)) == []
        assert made in data_of(await admin.get(PATH))
        [change] = (await admin.get("/settings/history", params={"area": "delegations", "key": made["id"]})).json()[
            "data"
        ]
        assert (change["by"], change["before"], change["after"]["delegate"]) == (boss, None, vera)
        error_of(await of_boss.get("/settings/history", params={"area": "delegations"}), 403, "FORBIDDEN")

    async def test_only_an_admin_makes_those_of_others(self, new_user: NewUser, admin: Caller) -> None:
        boss, of_boss = await new_user("boss", Role.MANAGER)
        vera, _ = await new_user("vera", Role.VIEWER)
        other, _ = await new_user("other", Role.MANAGER)
        error_of(await of_boss.post(PATH, body(vera, delegator=other)), 403, "FORBIDDEN")
        made = data_of(await admin.post(PATH, body(vera, delegator=boss)), 201)
        assert (made["delegator"], made["created_by"]) == (boss, "anna")

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
    async def test_nobody_delegates_what_they_may_not_do(self, new_user: NewUser, role: Role) -> None:
        _, caller = await new_user("low", role)
        vera, _ = await new_user("vera", Role.VIEWER)
        error = error_of(await caller.post(PATH, body(vera)), 400, "VALIDATION_ERROR")
        assert [detail["path"] for detail in error["details"]] == ["commands"]
        if role is Role.EDITOR:
            data_of(await caller.post(PATH, body(vera, "edit", "finalize")), 201)

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"delegate": "nobody-there"}, "delegate"),
            ({"delegate": "ghost"}, "delegate"),  # deactivated
            ({"delegate": "a b"}, "delegate"),
            ({"commands": []}, "commands"),
            ({"commands": ["pay"]}, "commands.0"),
            ({"valid_to": "2026-02-28"}, "valid_to"),
            ({"valid_from": "2026-02-01", "valid_to": "2026-02-28"}, "valid_to"),
            ({"valid_to": "2028-01-01"}, "valid_to"),
            ({"role": "admin"}, "role"),
        ],
    )
    async def test_bad_values(self, manager: Caller, changes: dict[str, Any], path: str) -> None:
        error = error_of(await manager.post(PATH, body("vera") | changes), 400, "VALIDATION_ERROR")
        assert [detail["path"] for detail in error["details"]] == [path]

    async def test_not_to_oneself(self, manager: Caller) -> None:
        error = error_of(await manager.post(PATH, body("marat")), 400, "VALIDATION_ERROR")
        assert error["details"][0]["path"] == "delegate"

    async def test_a_key_makes_and_uses_none(
        self, http: httpx.AsyncClient, admin: Caller, rules: Rules, key: str
    ) -> None:
        made = data_of(await admin.post("/settings/api-keys", {"name": key, "role": "admin"}), 201)
        machine = Caller(http, {"Authorization": f"Bearer {made['key']}"})
        error_of(await machine.post(PATH, body("vera")), 403, "FORBIDDEN")
        invoice = await rules.put(under_review(key))
        error_of(await approve(machine, invoice, "marat"), 403, "FORBIDDEN")


class TestEnding:
    async def test_the_delegator_ends_it_at_once(self, new_user: NewUser, rules: Rules, key: str) -> None:
        boss, of_boss = await new_user("boss", Role.MANAGER)
        vera, of_vera = await new_user("vera", Role.VIEWER)
        _, stranger = await new_user("stranger", Role.MANAGER)
        invoice = await rules.put(under_review(key))
        made = data_of(await of_boss.post(PATH, body(vera)), 201)
        error_of(await stranger.delete(f"{PATH}/{made['id']}"), 404, "NOT_FOUND")
        error_of(await of_vera.delete(f"{PATH}/{made['id']}"), 403, "FORBIDDEN")
        assert (await of_boss.delete(f"{PATH}/{made['id']}")).status_code == 204
        error_of(await approve(of_vera, invoice, boss), 403, "FORBIDDEN")
        error_of(await of_boss.delete(f"{PATH}/{made['id']}"), 404, "NOT_FOUND")
        [listed] = data_of(await of_boss.get(PATH))
        assert (listed["stands"], listed["revoked_at"]) == (False, "2026-03-01T06:00:00Z")
        error_of(await of_boss.delete(f"{PATH}/{'0' * 32}"), 404, "NOT_FOUND")

    async def test_so_does_an_admin(self, new_user: NewUser, admin: Caller) -> None:
        _, of_boss = await new_user("boss", Role.MANAGER)
        vera, _ = await new_user("vera", Role.VIEWER)
        made = data_of(await of_boss.post(PATH, body(vera)), 201)
        assert (await admin.delete(f"{PATH}/{made['id']}")).status_code == 204


class TestActing:
    @pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.MANAGER])
    async def test_each_role_acts_for_a_manager(
        self, new_user: NewUser, rules: Rules, editor: Caller, key: str, role: Role
    ) -> None:
        boss, of_boss = await new_user("boss", Role.MANAGER)
        lara, of_lara = await new_user("lara", role)
        invoice = await rules.put(under_review(key))
        data_of(await of_boss.post(PATH, body(lara)), 201)
        if role is not Role.MANAGER:
            error_of(await approve(of_lara, invoice), 403, "FORBIDDEN")  # without the header it is in her own name
        shown = data_of(await of_lara.get(f"/invoices/{invoice.id}", headers=for_(boss)))
        assert shown["allowed"] == ["approve"]
        answer = data_of(await approve(of_lara, invoice, boss))
        assert answer["allowed"] == []
        assert (answer["status"], answer["approved"]["by"]) == ("approved", lara)
        [(command, _)] = rules.sent
        assert (command.by, command.role, command.on_behalf_of) == (lara, Role.MANAGER, boss)
        events = data_of(await editor.get(f"/invoices/{invoice.id}/events"))["events"]
        assert (events[-1]["by"], events[-1]["details"]["on_behalf_of"]) == (lara, boss)

    async def test_only_the_delegated_commands(self, new_user: NewUser, rules: Rules, key: str) -> None:
        boss, of_boss = await new_user("boss", Role.MANAGER)
        vera, of_vera = await new_user("vera", Role.VIEWER)
        invoice = await rules.put(under_review(key))
        data_of(await of_boss.post(PATH, body(vera, "decline")), 201)
        for command, given in (("approve", {"digest": invoice.digest}), ("void", REASON), ("hold", REASON)):
            path = f"/invoices/{invoice.id}/{command}"
            error = error_of(await of_vera.post(path, given, headers=for_(boss)), 403, "FORBIDDEN")
            assert "only decline" in error["message"]
        declined = await of_vera.post(f"/invoices/{invoice.id}/decline", REASON, headers=for_(boss))
        assert data_of(declined)["status"] == "declined"

    async def test_only_in_its_time(
        self, new_user: NewUser, rules: Rules, tokens: Tokens, clock: Clock, key: str
    ) -> None:
        boss, of_boss = await new_user("boss", Role.MANAGER)
        vera, of_vera = await new_user("vera", Role.VIEWER)
        invoice = await rules.put(under_review(key))
        data_of(await of_boss.post(PATH, body(vera, valid_from="2026-03-03", valid_to="2026-03-04")), 201)
        error_of(await approve(of_vera, invoice, boss), 403, "FORBIDDEN")
        clock.advance(DAY)  # 2026-03-02 11:00 in Tashkent
        error_of(await approve(of_vera, invoice, boss), 403, "FORBIDDEN")
        clock.advance(timedelta(days=2).total_seconds())  # 2026-03-04, the last day
        assert data_of(await approve(of_vera, invoice, boss))["status"] == "approved"
        clock.advance(DAY)
        error_of(
            await of_vera.post(f"/invoices/{invoice.id}/approve", {"digest": "0" * 64}, headers=for_(boss)),
            403,
            "FORBIDDEN",
        )

    async def test_not_by_the_delegation_of_another_or_to_another(
        self, new_user: NewUser, rules: Rules, key: str
    ) -> None:
        boss, of_boss = await new_user("boss", Role.MANAGER)
        other, _ = await new_user("other", Role.MANAGER)
        vera, of_vera = await new_user("vera", Role.VIEWER)
        _, of_lara = await new_user("lara", Role.VIEWER)
        invoice = await rules.put(under_review(key))
        data_of(await of_boss.post(PATH, body(vera)), 201)
        error_of(await approve(of_vera, invoice, other), 403, "FORBIDDEN")
        error_of(await approve(of_vera, invoice, "nobody-there"), 403, "FORBIDDEN")
        error_of(await approve(of_lara, invoice, boss), 403, "FORBIDDEN")
        error_of(await approve(of_vera, invoice, "not a name"), 400, "VALIDATION_ERROR")

    async def test_it_is_not_passed_on(self, new_user: NewUser, rules: Rules, key: str) -> None:
        boss, of_boss = await new_user("boss", Role.MANAGER)
        vera, of_vera = await new_user("vera", Role.VIEWER)
        lara, of_lara = await new_user("lara", Role.VIEWER)
        invoice = await rules.put(under_review(key))
        data_of(await of_boss.post(PATH, body(vera)), 201)
        error_of(await of_vera.post(PATH, body(lara)), 400, "VALIDATION_ERROR")
        error_of(await of_vera.post(PATH, body(lara, delegator=boss)), 403, "FORBIDDEN")
        error_of(await approve(of_lara, invoice, vera), 403, "FORBIDDEN")

    async def test_it_ends_with_the_role_and_the_access_of_the_delegator(
        self, new_user: NewUser, rules: Rules, admin: Caller, key: str
    ) -> None:
        boss, of_boss = await new_user("boss", Role.MANAGER)
        vera, of_vera = await new_user("vera", Role.VIEWER)
        invoice = await rules.put(under_review(key))
        data_of(await of_boss.post(PATH, body(vera)), 201)
        data_of(await admin.patch(f"/settings/users/{boss}", {"role": "editor"}, headers={"If-Match": "*"}))
        assert "may not give approve" in error_of(await approve(of_vera, invoice, boss), 403, "FORBIDDEN")["message"]
        back = {"role": "manager", "active": False}
        data_of(await admin.patch(f"/settings/users/{boss}", back, headers={"If-Match": "*"}))
        error_of(await approve(of_vera, invoice, boss), 403, "FORBIDDEN")

    async def test_never_around_four_eyes(self, new_user: NewUser, rules: Rules, key: str) -> None:
        boss, of_boss = await new_user("boss", Role.MANAGER)
        lara, of_lara = await new_user("lara", Role.EDITOR)
        data_of(await of_boss.post(PATH, body(lara)), 201)
        for number, maker in enumerate((lara, boss)):
            invoice = await rules.put(under_review(f"{key}-{number}", maker, four_eyes=True))
            shown = data_of(await of_lara.get(f"/invoices/{invoice.id}", headers=for_(boss)))
            assert shown["allowed"] == []
            error = error_of(await approve(of_lara, invoice, boss), 403, "FORBIDDEN")
            assert "another person must approve it" in error["message"]
        invoice = await rules.put(under_review(f"{key}-3", "somebody", four_eyes=True))
        assert data_of(await approve(of_lara, invoice, boss))["status"] == "approved"

    async def test_an_admins_amounts_are_delegated_with_the_command(
        self, new_user: NewUser, rules: Rules, key: str
    ) -> None:
        chief, of_chief = await new_user("chief", Role.ADMIN)
        boss, of_boss = await new_user("boss", Role.MANAGER)
        invoice = await rules.put(under_review(key, admin_above={"UZS": "1.00"}))
        error_of(await approve(of_boss, invoice), 403, "FORBIDDEN")
        data_of(await of_chief.post(PATH, body(boss)), 201)
        assert data_of(await approve(of_boss, invoice, chief))["status"] == "approved"

    async def test_other_requests_are_not_delegated(self, new_user: NewUser, key: str) -> None:
        chief, of_chief = await new_user("chief", Role.ADMIN)
        vera, of_vera = await new_user("vera", Role.VIEWER)
        data_of(await of_chief.post(PATH, body(vera, "approve", "edit")), 201)
        for path in ("/settings/users", "/settings/api-keys"):
            error_of(await of_vera.get(path, headers=for_(chief)), 403, "FORBIDDEN")
        generate = {"application_key": key, "period": "2026-02"}
        error_of(await of_vera.post("/invoices/generate", generate, headers=for_(chief)), 403, "FORBIDDEN")
