"""Content and PDF come back to the letter, and nothing changes them once they are there."""

import hashlib
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.documents.store import DocumentStore
from models.documents.ports import RenderInput
from models.invoice.content.content import digest
from models.invoice.invoice import Document
from tests.fixtures.database_invoices import content


def rendering(number: str = "ACT-7") -> RenderInput:
    made = content(f"app-{uuid4().hex[:8]}", legal_text="Договор № 5 от 1 марта; O‘zbekiston, “ё” ✓")
    return RenderInput(
        invoice_id=uuid4().hex,
        display_number=number,
        digest=digest(made, number),
        due=date(2026, 5, 16),
        content=made,
    )


async def test_what_was_frozen_comes_back_with_its_digest(engine: AsyncEngine) -> None:
    store, asked = DocumentStore(engine), rendering()
    pdf = f"%PDF-1.7 {asked.invoice_id}".encode() + bytes(range(256))
    document = await store.save(asked, pdf, pages=2)
    assert document == Document(sha256=hashlib.sha256(pdf).hexdigest(), size=len(pdf), pages=2)
    assert await store.pdf(document.sha256) == pdf
    found, number = await store.content(asked.digest)
    assert (found, number) == (asked.content, "ACT-7")
    assert digest(found, number) == asked.digest


async def test_saving_again_changes_nothing(engine: AsyncEngine) -> None:
    store, asked = DocumentStore(engine), rendering()
    assert await store.save(asked, b"%PDF one", pages=1) == await store.save(asked, b"%PDF one", pages=1)


async def test_two_contents_that_print_the_same_share_a_pdf(engine: AsyncEngine) -> None:
    """Reopened to change who gets the mail: another digest, the same page."""
    store, first = DocumentStore(engine), rendering()
    changed = first.content.model_copy(update={"recipients": ("new@client.example",)})
    second = first.model_copy(update={"content": changed, "digest": digest(changed, "ACT-7")})
    assert await store.save(first, b"%PDF same", pages=1) == await store.save(second, b"%PDF same", pages=1)
    assert (await store.content(second.digest))[0].recipients == ("new@client.example",)
    assert (await store.content(first.digest))[0].recipients == ()


async def test_all_that_an_invoice_ever_said_is_kept(engine: AsyncEngine) -> None:
    store, first = DocumentStore(engine), rendering()
    changed = first.content.model_copy(update={"legal_text": "исправлено"})
    second = first.model_copy(update={"content": changed, "digest": digest(changed, "ACT-7")})
    for each in (first, second):
        await store.save(each, each.digest.encode(), pages=1)
    kept = await store.contents_of(first.invoice_id)
    assert [each.legal_text for each in kept] == ["исправлено", first.content.legal_text]
    assert await store.contents_of("nobody") == []


@pytest.mark.parametrize("table", ["frozen_contents", "documents"])
@pytest.mark.parametrize("change", ["UPDATE {} SET invoice_id = 'x'", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_an_issued_document_cannot_be_changed(engine: AsyncEngine, table: str, change: str) -> None:
    store, asked = DocumentStore(engine), rendering()
    await store.save(asked, asked.digest.encode(), pages=1)
    with pytest.raises(IntegrityError, match="append-only"):
        async with engine.begin() as connection:
            await connection.execute(text(change.format(table)))
    assert (await store.content(asked.digest))[0] == asked.content


async def test_what_is_missing_is_said_and_tried_again(engine: AsyncEngine) -> None:
    """A database that is being restored may still bring it back."""
    store = DocumentStore(engine)
    for missing in (store.content("0" * 64), store.pdf("0" * 64)):
        with pytest.raises(ApplicationError, match="There is no") as caught:
            await missing
        assert not caught.value.non_retryable
