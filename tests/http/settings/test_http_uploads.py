"""A malformed form is refused with an error of the file, not of the JSON."""

import pytest

from tests.http.callers import Caller, error_of


@pytest.mark.parametrize("boundary", ["; boundary=x", ""])
@pytest.mark.parametrize("content", [b"--x\r\nno header\r\n\r\n", b"nothing of the kind"])
async def test_a_malformed_form(manager: Caller, content: bytes, boundary: str) -> None:
    headers = manager.headers | {"Content-Type": f"multipart/form-data{boundary}"}
    response = await manager.http.post("/api/v1/settings/exclusions.csv", content=content, headers=headers)
    [detail] = error_of(response, 400, "VALIDATION_ERROR")["details"]
    assert detail["path"] == "file"
    assert detail["message"].startswith("could not be read")
