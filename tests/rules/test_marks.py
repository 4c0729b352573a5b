"""The mark by which a repeated request is known."""

from models.commands import Edit


def test_a_request_is_the_same_whether_defaults_are_given_or_left_out() -> None:
    """The mark of a repeated request must not change when a release adds a field that the caller does not give."""
    bare = Edit.model_validate({"request_id": "k", "expected_revision": 1, "payment_days": 30})
    full = Edit.model_validate(bare.model_dump(mode="json"))
    other = Edit.model_validate(bare.model_dump(mode="json") | {"payment_days": 31})
    assert bare.mark == full.mark
    assert bare.mark != other.mark
    # printf '%s' 'edit{"expected_revision":1,"payment_days":30}' | sha256sum | head -c 16
    assert bare.mark == "k:fd9fd5ec73d056e3"
