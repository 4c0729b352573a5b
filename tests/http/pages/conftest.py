"""A visitor of the desk for each role."""

from collections.abc import Callable

import httpx
import pytest

from api.access.tokens import Tokens
from api.deps import AppState
from models.access.roles import Role
from tests.http.callers import user_of
from tests.http.pages.desk_visits import Visitor


@pytest.fixture
def visitor(http: httpx.AsyncClient, state: AppState, tokens: Tokens) -> Callable[[Role], Visitor]:
    def of(role: Role) -> Visitor:
        token, _ = tokens.issue(user_of(role), state.started)
        return Visitor(http, token)

    return of


@pytest.fixture
def stranger(http: httpx.AsyncClient) -> Visitor:
    return Visitor(http)
