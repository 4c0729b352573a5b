"""The passwords of a whole stack are hashed as the product hashes them; the tests of the API use cheaper parameters."""

from typing import Any

import psycopg


def test_passwords_are_hashed_as_rfc_9106_recommends(described: dict[str, Any]) -> None:
    """Its second recommendation: argon2id with 64 MiB, three passes and four lanes."""
    with psycopg.connect(described["postgres"]) as connection:
        hashes = [row[0] for row in connection.execute("SELECT password_hash FROM users")]
    assert hashes
    assert {each.rpartition("$")[0].rpartition("$")[0] for each in hashes} == {"$argon2id$v=19$m=65536,t=3,p=4"}
