"""Attachments over HTTP: which files are accepted, and who may read them."""

import hashlib
from uuid import uuid4

import pytest

from tests.fixtures.orders import intake_fields
from tests.http.callers import Caller
from tests.http.partners.uploads import send_bytes, send_file

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(40)
PROGRAM = b"MZ\x90\x00\x03" + bytes(200)


@pytest.fixture
async def url(editor: Caller, files: object) -> str:
    """The address of the attachments of a new order."""
    key = f"ORD-{uuid4().hex[:12]}"
    assert (await editor.post("/orders", intake_fields(key))).status_code == 201
    return f"/orders/{key}/attachments"


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [("docket.pdf", PDF, "application/pdf"), ("a b.PNG", PNG, "image/png"), ("foto é.jpeg", JPEG, "image/jpeg")],
)
async def test_a_file_comes_back_as_it_was(
    editor: Caller, viewer: Caller, url: str, name: str, content: bytes, media_type: str
) -> None:
    stored = await send_file(editor, url, name, content)
    assert stored.status_code == 201, stored.text
    shown = stored.json()["data"]
    assert (shown["name"], shown["media_type"], shown["size"]) == (name, media_type, len(content))
    assert shown["sha256"] == hashlib.sha256(content).hexdigest()
    read = await viewer.get(f"{url}/{shown['id']}")
    assert (read.content, read.headers["Content-Type"]) == (content, media_type)
    assert read.headers["Content-Disposition"].startswith("attachment;")
    assert [each["id"] for each in (await viewer.get(url)).json()["data"]] == [shown["id"]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.pdf", b""),
        ("large.pdf", PDF + bytes(1024 * 1024)),
        ("../docket.pdf", PDF),
        ("docket.pdf", PROGRAM),
        ("docket.pdf", b"#!/bin/sh\nrm -rf x\n"),
        ("docket.pdf", b"just text"),
        ("docket.pdf", PNG),
        ("docket.exe", PDF),
        ("docket\u202efdp.pdf", PDF),
        ("x" * 300 + ".pdf", PDF),
    ],
)
async def test_other_files_are_refused(editor: Caller, url: str, name: str, content: bytes) -> None:
    refused = await send_file(editor, url, name, content)
    assert refused.status_code == 400, refused.text
    assert refused.json()["error"]["details"][0]["path"] == "file"
    assert (await editor.get(url)).json()["data"] == []


async def test_the_same_file_twice_is_one_attachment(editor: Caller, url: str) -> None:
    first, again = [(await send_file(editor, url, name, PDF)).json()["data"] for name in ("a.pdf", "b.pdf")]
    assert first == again
    assert len((await editor.get(url)).json()["data"]) == 1


async def test_an_attachment_belongs_to_its_order(editor: Caller, url: str) -> None:
    other = f"ORD-{uuid4().hex[:12]}"
    await editor.post("/orders", intake_fields(other))
    mine = (await send_file(editor, url, "a.pdf", PDF)).json()["data"]["id"]
    assert (await editor.get(f"/orders/{other}/attachments/{mine}")).status_code == 404


async def test_who_may_attach_and_read(editor: Caller, viewer: Caller, url: str) -> None:
    assert (await send_file(viewer, url, "a.pdf", PDF)).status_code == 403
    stored = (await send_file(editor, url, "a.pdf", PDF)).json()["data"]["id"]
    anonymous = Caller(editor.http, {})
    assert (await anonymous.get(f"{url}/{stored}")).status_code == 401
    assert (await send_file(editor, "/orders/none-such/attachments", "a.pdf", PDF)).status_code == 404


async def test_a_body_of_another_kind_is_refused(editor: Caller, url: str) -> None:
    assert (await send_bytes(editor, url, "application/pdf", PDF)).status_code == 400
    assert (await send_file(editor, url, "a.pdf", PDF, field="other")).status_code == 400
