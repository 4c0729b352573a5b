"""A refusal of a missing role names the refused action."""

import pytest

from tests.http.callers import Caller, error_of


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("GET", "/settings/users", "reading and changing users"),
        ("POST", "/settings/users", "reading and changing users"),
        ("PUT", "/settings/issuer", "changing the company's settings"),
    ],
)
async def test_the_refused_action_is_named(manager: Caller, method: str, path: str, action: str) -> None:
    response = await manager.http.request(method, f"/api/v1{path}", headers=manager.headers)
    message = error_of(response, 403, "FORBIDDEN")["message"]
    assert message == f"{action} needs the role admin or a higher one; marat is manager"
