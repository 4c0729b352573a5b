"""The link to the archived PDF of an invoice follows the settings of the archive, also for files stored before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from activities.archive.addresses import ArchiveAddresses
from api.deps import AppState, app_state
from models.invoice.invoice import Archived
from models.invoice.status import Status
from settings import S3Settings
from tests.http.callers import Caller, Rules, draft_of

KEY = "invoices/2026/APP-001/Act_ACT-1.pdf"
STORED = "https://old.example/invoices/2026/APP-001/Act_ACT-1.pdf"
SIGNED = S3Settings(
    public_url="https://s3.example", links="signed", access_key="key", secret_key=SecretStr("x"), link_days=2
)


@pytest.fixture
def archived(
    app: FastAPI, state: AppState, viewer: Caller, rules: Rules, key: str, monkeypatch: pytest.MonkeyPatch
) -> Any:
    async def read(s3: S3Settings, url: str | None) -> dict[str, Any]:
        """Return what the API says about an archived file whose receipt had the link `url`."""
        monkeypatch.setitem(app.dependency_overrides, app_state, lambda: replace(state, archive=ArchiveAddresses(s3)))
        file = Archived(key=KEY, etag='"e"', url=url)
        invoice = await rules.put(draft_of(key).model_copy(update={"archived": file}))
        response = await viewer.get(f"/invoices/{invoice.id}")
        assert response.status_code == 200, response.text
        shown = response.json()["data"]["archived"]
        assert (shown["key"], shown["etag"]) == (KEY, '"e"')
        return dict(shown)

    return read


async def test_a_permanent_link(archived: Any) -> None:
    shown = await archived(S3Settings(public_url="https://new.example", link_secret=SecretStr("s" * 32)), STORED)
    assert (shown["url"], shown["url_expires_at"]) == (f"https://new.example/{KEY}", None)


@pytest.mark.parametrize("stored", [None, STORED])
async def test_a_signed_link_is_created_at_each_reading(archived: Any, stored: str | None) -> None:
    before = datetime.now(UTC)
    shown = await archived(SIGNED, stored)
    assert shown["url"].startswith(f"https://s3.example/proxima-invoices/{KEY}?")
    assert "X-Amz-Expires=172800" in shown["url"]  # 2 * 24 * 60 * 60
    expires = datetime.fromisoformat(shown["url_expires_at"])
    assert before + timedelta(days=2) <= expires <= datetime.now(UTC) + timedelta(days=2)


@pytest.mark.parametrize("stored", [None, STORED])
async def test_without_a_public_url_the_stored_link_is_shown(archived: Any, stored: str | None) -> None:
    shown = await archived(S3Settings(), stored)
    assert (shown["url"], shown["url_expires_at"]) == (stored, None)


@pytest.fixture
def listed(
    app: FastAPI, state: AppState, viewer: Caller, rules: Rules, key: str, monkeypatch: pytest.MonkeyPatch
) -> Any:
    async def read(s3: S3Settings, *, archived: bool = True) -> list[tuple[str | None, str | None]]:
        """Return the links of an invoice in the registry and in the open items, with their ends."""
        monkeypatch.setitem(app.dependency_overrides, app_state, lambda: replace(state, archive=ArchiveAddresses(s3)))
        file = Archived(key=KEY, etag='"e"', url=STORED) if archived else None
        await rules.put(draft_of(key).model_copy(update={"status": Status.SENT, "archived": file}))
        rows = []
        for path in ("/invoices", "/invoices/open-items"):
            response = await viewer.get(path, params={"application_key": key})
            assert response.status_code == 200, response.text
            rows += response.json()["data"]
        return [(row["archived_url"], row["archived_url_expires_at"]) for row in rows]

    return read


class TestRegistry:
    async def test_a_permanent_link(self, listed: Any) -> None:
        links = await listed(S3Settings(public_url="https://new.example", link_secret=SecretStr("s" * 32)))
        assert links == [(f"https://new.example/{KEY}", None)] * 2

    async def test_a_signed_link_is_created_at_each_reading(self, listed: Any) -> None:
        before = datetime.now(UTC)
        links = await listed(SIGNED)
        assert len(links) == 2
        for url, expires_at in links:
            assert url.startswith(f"https://s3.example/proxima-invoices/{KEY}?")
            assert before + timedelta(days=2) <= datetime.fromisoformat(expires_at)

    async def test_without_a_public_url_there_is_none(self, listed: Any) -> None:
        assert await listed(S3Settings()) == [(None, None)] * 2

    async def test_what_is_not_archived_has_none(self, listed: Any) -> None:
        assert await listed(SIGNED, archived=False) == [(None, None)] * 2
