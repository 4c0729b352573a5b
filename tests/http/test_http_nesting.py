"""Bodies that are nested too deeply are refused with 400, whichever field has them."""

import pytest

from tests.http.callers import Caller, Rules, draft_of, error_of


@pytest.mark.parametrize("depth", [17, 500, 5_000, 200_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")], ids=["lists", "objects"])
@pytest.mark.parametrize("field", ["customer", "unknown"])
async def test_a_body_nested_too_deeply(
    editor: Caller, rules: Rules, key: str, field: str, opening: str, closing: str, depth: int
) -> None:
    made = await rules.put(draft_of(key))
    nested = opening * (depth - 1) + "1" + closing * (depth - 1)  # the object around it is one level too
    response = await editor.http.patch(
        f"/api/v1/invoices/{made.id}",
        content=f'{{"expected_revision": 1, "{field}": {nested}}}'.encode(),
        headers=editor.headers | {"Content-Type": "application/json"},
    )
    error = error_of(response, 400, "VALIDATION_ERROR")
    [detail] = error["details"]
    assert detail["path"] == "body"
    assert "nested too deeply" in detail["message"]
    assert rules.sent == []


async def test_sixteen_levels_are_read(editor: Caller, rules: Rules, key: str) -> None:
    """The error is about the value, because a customer is not a list, and not about the nesting."""
    made = await rules.put(draft_of(key))
    response = await editor.http.patch(
        f"/api/v1/invoices/{made.id}",
        content=f'{{"expected_revision": 1, "customer": {"[" * 15}1{"]" * 15}}}'.encode(),
        headers=editor.headers | {"Content-Type": "application/json"},
    )
    error = error_of(response, 400, "VALIDATION_ERROR")
    assert [detail["path"] for detail in error["details"]] == ["customer"]
