"""The upload of vendor bills on the desk, without Temporal: what is refused at once, and the files that were read."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from models.access.roles import Role
from models.bills.tables import BillFileRow, BillHeadRow
from settings import BillSettings, Settings
from tests.http.callers import NOW, user_of
from tests.http.pages.desk_visits import HTML, OWN_FORM, Page, Visitor, _page

Visits = Callable[[Role], Visitor]


@pytest.fixture(scope="module")
async def upload(s3_settings: Settings, users: dict[Role, str]) -> AsyncIterator[Callable[..., Any]]:
    """Post a file by the form, to a desk that has an object store and takes files of 1 MiB."""
    app = create_app(s3_settings.model_copy(update={"bills": BillSettings(largest_mb=1)}), clock=lambda: NOW)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:

            async def post(role: Role, content: bytes | None, **fields: str) -> Page:
                token, _ = app.state.tokens.issue(user_of(role), app.state.app_state.started)
                headers = Visitor(http, token)._headers({**HTML, **OWN_FORM})
                files = {"file": ("april.csv", content)} if content is not None else {"file": ("", b"")}
                return _page(
                    await http.post("/bills/upload", headers=headers, files=files, data={"key": "k", **fields})
                )

            yield post


async def stored_file(engine: AsyncEngine, **fields: Any) -> str:
    """Write a file that was read, and return its digest."""
    sha256 = uuid4().hex * 2
    row = {
        "sha256": sha256,
        "name": "april.csv",
        "format": "digitalocean",
        "account": "main",
        "size": 2048,
        "rows": 33,
        "uploaded_by": "lena",
        "problems": [],
        "problem_count": 0,
        "lines_key": None,
        "refusal": None,
        **fields,
    }
    async with engine.begin() as connection:
        await connection.execute(insert(BillFileRow).values(row))
    return sha256


async def head(engine: AsyncEngine, sha256: str, number: int, outcome: str | None, note: str | None = None) -> None:
    row = {
        "file_sha256": sha256,
        "bill_no": number,
        "provider": "digitalocean",
        "account": "main",
        "provider_invoice_id": f"invoice-{number}",
        "state": {},
        "outcome": outcome,
        "note": note,
        "bill_id": str(uuid4()) if outcome == "created" else None,
        "version": 1,
    }
    async with engine.begin() as connection:
        await connection.execute(insert(BillHeadRow).values(row))


async def test_the_form_names_the_kinds_and_what_a_file_may_lack(visitor: Visits) -> None:
    page = await visitor(Role.EDITOR).get("/bills/upload")
    assert page.all("form[enctype='multipart/form-data'] input[type=file][required]") != []
    names = set(page.fields("form[data-upload]"))
    assert {"provider", "account", "provider_invoice_id", "number", "month", "currency", "tax_total"} <= names
    assert (await visitor(Role.VIEWER).get("/bills/upload")).status == 403


@pytest.mark.parametrize(
    ("content", "fields", "field", "message"),
    [
        (None, {}, "file", "is required"),
        (b"", {}, "file", "the file is empty"),
        (b"%PDF-1.7\n", {}, "file", "this is a PDF"),
        (b"a,b\n" + bytes(b"1,2\n" * 300_000), {}, "file", "more than 1 MiB"),
        (b"a,b\n1,2\n", {"month": "2026-13"}, "month", "must be a month"),
        (b"a,b\n1,2\n", {"tax_total": "1.234"}, "tax_total", "can mean"),
        (b"a,b\n1,2\n", {"currency": "xxq"}, "currency", "must be"),
    ],
)
async def test_what_cannot_be_a_bill_is_refused_at_its_field(
    upload: Callable[..., Any], content: bytes | None, fields: dict[str, str], field: str, message: str
) -> None:
    page = await upload(Role.EDITOR, content, account="main", **fields)
    assert page.status == 400
    assert message in page.texts(f"[role=alert] a[href='#f-{field}']")[0]
    assert page.fields("form[data-upload]")["account"] == "main"
    assert "Choose the file again" in page.text


async def test_a_body_above_the_limit_and_a_viewer_are_refused(upload: Callable[..., Any]) -> None:
    assert (await upload(Role.EDITOR, b"a,b\n" * 700_000)).status == 413
    assert (await upload(Role.VIEWER, b"a,b\n1,2\n")).status == 403


async def test_without_temporal_nothing_is_lost(upload: Callable[..., Any]) -> None:
    page = await upload(Role.EDITOR, f"a,b\n1,{uuid4().hex}\n".encode(), account="main")
    assert page.status == 503
    assert "Reading works, changing does not" in page.text


async def test_a_file_shows_its_bills_and_what_does_not_fit_by_row(engine: AsyncEngine, visitor: Visits) -> None:
    problem = {"code": "cost_unusable", "message": "is no number", "row": 7, "column": "USD", "value": "x"}
    sha256 = await stored_file(engine, problems=[problem], problem_count=1)
    await head(engine, sha256, 0, "created")
    await head(engine, sha256, 1, "refused", "it has fewer lines")
    page = await visitor(Role.VIEWER).get(f"/bills/files/{sha256}")
    assert page.texts("section[aria-labelledby=problems-title] tbody tr") == ["7 USD is no number x"]
    rows = page.texts("section[aria-labelledby=result-title] tbody tr")
    assert rows[0].endswith("refused it has fewer lines")
    assert len(page.links("section[aria-labelledby=result-title] tbody th a")) == 1
    assert page.texts("section[aria-labelledby=progress-title] .pill")[0] == "done"
    assert page.all("#file[hx-trigger]") == []


async def test_a_file_whose_bills_are_written_is_polled(engine: AsyncEngine, visitor: Visits) -> None:
    sha256 = await stored_file(engine)
    await head(engine, sha256, 0, None)
    vera = visitor(Role.VIEWER)
    page = await vera.get(f"/bills/files/{sha256}")
    poll = page.all("#file[hx-trigger='every 2s']")[0].attributes["hx-get"] or ""
    fragment = await vera.get(poll)
    assert fragment.all("#file[hx-trigger='every 2s']") != []
    assert fragment.all("nav") == []


async def test_a_file_without_a_bill_says_why(engine: AsyncEngine, visitor: Visits) -> None:
    sha256 = await stored_file(engine, refusal="The columns name, price are of no known format.", rows=0, format="")
    vera = visitor(Role.VIEWER)
    assert "The columns name, price" in (await vera.get(f"/bills/files/{sha256}")).text
    listed = await vera.get("/bills/files?only_refused=true")
    assert f"/bills/files/{sha256}" in listed.links("tbody a")
    assert (await vera.get(f"/bills/files/{'0' * 64}")).status == 404
    assert (await vera.get("/bills/files?cursor=x")).status == 400


async def test_the_bills_of_one_file_are_not_those_of_another(engine: AsyncEngine, visitor: Visits) -> None:
    """The page and the list say of each file what became of its own bills."""
    waiting, done = await stored_file(engine), await stored_file(engine)
    await head(engine, waiting, 0, None)
    await head(engine, done, 1, "created")
    viewer = visitor(Role.VIEWER)
    states = [
        (await viewer.get(f"/bills/files/{sha256}")).texts("section[aria-labelledby=progress-title] .pill")[0]
        for sha256 in (waiting, done)
    ]
    assert states == ["bills are being written", "done"]
