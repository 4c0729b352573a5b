"""A refusal for want of a role names what was asked for."""

import pytest

from tests.http.callers import Caller, error_of


@pytest.mark.parametrize(
    ("method", "path", "deed"),
    [
        ("GET", "/settings/users", "reading and changing users"),
        ("POST", "/settings/users", "reading and changing users"),
        ("PUT", "/settings/issuer", "changing the company's settings"),
    ],
)
async def test_the_deed_is_named(manager: Caller, method: str, path: str, deed: str) -> None:
    response = await manager.http.request(method, f"/api/v1{path}", headers=manager.headers)
    message = error_of(response, 403, "FORBIDDEN")["message"]
    assert message == f"{deed} needs the role admin or a higher one; marat is manager"
