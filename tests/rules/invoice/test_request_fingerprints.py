"""The fingerprint by which a repeated request is recognised."""

from models.invoice.commands import Edit


def test_a_request_is_the_same_whether_defaults_are_given_or_left_out() -> None:
    """A release that adds a field must not change the fingerprint of a request that does not give it."""
    bare = Edit.model_validate({"request_id": "k", "expected_revision": 1, "payment_days": 30})
    full = Edit.model_validate(bare.model_dump(mode="json"))
    other = Edit.model_validate(bare.model_dump(mode="json") | {"payment_days": 31})
    assert bare.request_fingerprint == full.request_fingerprint
    assert bare.request_fingerprint != other.request_fingerprint
    # printf '%s' 'edit{"expected_revision":1,"payment_days":30}' | sha256sum | head -c 16
    assert bare.request_fingerprint == "k:fd9fd5ec73d056e3"
