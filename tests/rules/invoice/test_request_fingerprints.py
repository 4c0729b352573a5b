"""Request fingerprints and idempotency keys."""

import pytest

from models.invoice.commands import Command, Edit, Hold, Void
from models.invoice.errors import KeyReused
from models.invoice.preconditions import check
from tests.fixtures.invoices import NOW, approved, execute


def test_defaults_do_not_change_the_fingerprint() -> None:
    """A release that adds a field must not change the fingerprint of a request that does not give it."""
    bare = Edit.model_validate({"request_id": "k", "expected_revision": 1, "payment_days": 30})
    full = Edit.model_validate(bare.model_dump(mode="json"))
    other = Edit.model_validate(bare.model_dump(mode="json") | {"payment_days": 31})
    assert bare.request_fingerprint == full.request_fingerprint
    assert bare.request_fingerprint != other.request_fingerprint
    # printf '%s' 'edit{"expected_revision":1,"payment_days":30}' | sha256sum | head -c 16
    assert bare.request_fingerprint == "k:fd9fd5ec73d056e3"


def test_one_key_for_two_commands_is_refused() -> None:
    hold: Command = Hold(by="boss", reason="a reason", idempotency_key="k")
    held = execute(approved(), hold)
    with pytest.raises(KeyReused):
        check(held, Void(by="boss", reason="a reason", idempotency_key="k"), NOW)
