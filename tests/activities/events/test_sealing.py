"""The secrets of endpoints in PostgreSQL: encrypted when there are keys, readable with each key of the ring."""

import pytest

from activities.events.webhooks.sealing import Sealing, SecretUnreadable

OLD, NEW = {"k1": bytes(range(32))}, {"k2": bytes(range(32, 64))}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_secret_is_encrypted_by_the_first_key_and_read_by_every_key() -> None:
    stored = Sealing(OLD).seal(SECRET, "we_1")
    assert SECRET not in stored
    assert stored.startswith("sealed:k1:")
    assert Sealing(NEW | OLD).unseal(stored, "we_1") == SECRET
    assert Sealing(NEW | OLD).seal(SECRET, "we_1").startswith("sealed:k2:")
    assert Sealing(OLD).seal(SECRET, "we_1") != stored


def test_without_keys_a_secret_is_stored_as_it_is_and_read_by_a_later_ring() -> None:
    stored = Sealing({}).seal(SECRET, "we_1")
    assert stored == f"plain:{SECRET}"
    assert Sealing(NEW).unseal(stored, "we_1") == SECRET


def test_a_secret_of_another_endpoint_or_of_a_missing_key_is_not_read() -> None:
    stored = Sealing(OLD).seal(SECRET, "we_1")
    with pytest.raises(SecretUnreadable, match="was changed"):
        Sealing(OLD).unseal(stored, "we_2")
    with pytest.raises(SecretUnreadable, match="AKTUM_TEMPORAL__ENCRYPTION_KEYS"):
        Sealing(NEW).unseal(stored, "we_1")
