"""The store returns contents and PDFs unchanged, and nothing can change them."""

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
from models.values.failure_codes import Failure
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


async def test_a_stored_document_is_read_back_with_its_digest(engine: AsyncEngine) -> None:
    store, saved = DocumentStore(engine), rendering()
    pdf = f"%PDF-1.7 {saved.invoice_id}".encode() + bytes(range(256))
    document = await store.save(saved, pdf, pages=2)
    assert document == Document(sha256=hashlib.sha256(pdf).hexdigest(), size=len(pdf), pages=2)
    assert await store.pdf(document.sha256) == pdf
    found, number = await store.content(saved.digest)
    assert (found, number) == (saved.content, "ACT-7")
    assert digest(found, number) == saved.digest


async def test_saving_again_changes_nothing(engine: AsyncEngine) -> None:
    store, saved = DocumentStore(engine), rendering()
    assert await store.save(saved, b"%PDF one", pages=1) == await store.save(saved, b"%PDF one", pages=1)


async def test_two_contents_that_print_the_same_share_a_pdf(engine: AsyncEngine) -> None:
    """An invoice that was reopened to change its recipients has another digest and the same page."""
    store, first = DocumentStore(engine), rendering()
    changed = first.content.model_copy(update={"recipients": ("new@client.example",)})
    second = first.model_copy(update={"content": changed, "digest": digest(changed, "ACT-7")})
    assert await store.save(first, b"%PDF same", pages=1) == await store.save(second, b"%PDF same", pages=1)
    assert (await store.content(second.digest))[0].recipients == ("new@client.example",)
    assert (await store.content(first.digest))[0].recipients == ()


async def test_all_finalised_contents_of_an_invoice_are_kept(engine: AsyncEngine) -> None:
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
    store, saved = DocumentStore(engine), rendering()
    await store.save(saved, saved.digest.encode(), pages=1)
    with pytest.raises(IntegrityError, match="append-only"):
        async with engine.begin() as connection:
            await connection.execute(text(change.format(table)))
    assert (await store.content(saved.digest))[0] == saved.content


async def test_a_missing_document_is_retried(engine: AsyncEngine) -> None:
    """A restore of the database may bring it back."""
    store = DocumentStore(engine)
    for missing in (store.content("0" * 64), store.pdf("0" * 64)):
        with pytest.raises(ApplicationError, match="0" * 64) as caught:
            await missing
        assert (caught.value.type, caught.value.non_retryable) == (Failure.DOCUMENT_MISSING, False)
