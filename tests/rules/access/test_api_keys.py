"""The names under which API keys act, and the roles that they may use."""

import pytest

from models.access.api_keys import actor_name, hash_of, person, prefix_of
from models.access.roles import Role


@pytest.mark.parametrize("owner", ["anna", "anna@company.uz", "gulnora.karimova", "x" * 100])
def test_a_key_acts_for_its_owner(owner: str) -> None:
    assert actor_name("accounting", owner) == f"key:accounting ({owner})"
    assert person(actor_name("accounting", owner)) == owner
    assert len(actor_name("k" * 50, owner)) <= 200  # as long as the author of a command may be


@pytest.mark.parametrize("actor", ["anna", "key:accounting", "key: (anna)", "the monthly schedule", "anna (marat)", ""])
def test_everybody_else_acts_for_themselves(actor: str) -> None:
    assert person(actor) == actor


def test_the_lower_role_counts() -> None:
    assert Role.ADMIN.at_most(Role.VIEWER) is Role.VIEWER
    assert Role.EDITOR.at_most(Role.ADMIN) is Role.EDITOR
    assert Role.MANAGER.at_most(Role.MANAGER) is Role.MANAGER


def test_little_of_a_key_is_shown_and_its_hash_stored() -> None:
    secret = "aktum_0123456789abcdefghij"
    assert prefix_of(secret) == "aktum_012345"
    assert hash_of(secret) != hash_of(secret + "k")
    assert secret not in hash_of(secret)
