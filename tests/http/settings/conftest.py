"""A group and a partner of their own for each test, whose keys contain the test's key."""

from collections.abc import Callable

import pytest

from models.access.roles import Role
from tests.http.callers import Caller, data_of
from tests.http.settings.partner_settings import ISSUER, body
from tests.http.settings.set_settings import ANY


@pytest.fixture
def code(key: str) -> str:
    """A key of a partner that no other test uses."""
    return "".join(sign for sign in key.upper() if sign.isalnum())[-12:]


@pytest.fixture
async def partner_series(caller: Callable[[Role], Caller], code: str) -> str:
    pattern = f"{code}-{{year}}{{month:02d}}-{{seq:05d}}"
    new = {"key": f"S-{code}", "pattern": pattern, "last_number": 0, "reset": "month"}
    made = data_of(await caller(Role.ADMIN).post("/settings/number-series", new), 201)
    assert made["next_number"] == f"{code}-202603-00001"  # today is 1 March 2026
    return f"S-{code}"


@pytest.fixture
async def partner(caller: Callable[[Role], Caller], code: str, partner_series: str) -> str:
    """The key of a partner in a group of the same key."""
    data_of(await caller(Role.ADMIN).put("/settings/issuer", ISSUER, headers=ANY))
    manager = caller(Role.MANAGER)
    data_of(await manager.put(f"/settings/partner-groups/{code}", {"name": "Telcos"}))
    data_of(await manager.put(f"/settings/partners/{code}", body(partner_series, group=code, name=f"Partner {code}")))
    return code
