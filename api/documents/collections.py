"""The documents of many invoices as one file: a ZIP archive to keep, or one PDF to print."""

import asyncio
import io
import tempfile
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import IO

import pikepdf
from fastapi.responses import StreamingResponse
from pydantic import Field

from api.documents.repository import DocumentRepository, PrintedInvoice
from api.errors import NotFound
from api.http.file_exports import attached, chunks
from api.http.media import PDF
from api.http.parameters import Search
from models.documents.file_name import file_name
from models.values.base_models import Strict

MOST_DOCUMENTS = 100
ZIP = "application/zip"
MISSING = "without-a-document.txt"
NONE_PRINTED = "None of these invoices has a PDF yet; it is created when the draft is finalized."
_MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest one of the format, so that equal documents make equal archives


class Chosen(Strict):
    """The invoices whose documents become one file."""

    id: list[Search] = Field(min_length=1, max_length=MOST_DOCUMENTS, description="may be repeated: ?id=a&id=b")


async def zip_answer(chosen: Chosen, documents: DocumentRepository, today: date) -> StreamingResponse:
    file = await zip_file(chosen, documents)
    return StreamingResponse(chunks(file), media_type=ZIP, headers=attached(f"invoices-{today}.zip"))


async def printable_answer(chosen: Chosen, documents: DocumentRepository, today: date) -> StreamingResponse:
    file = await printable_file(chosen, documents)
    headers = {**attached(""), "Content-Disposition": f'inline; filename="invoices-{today}.pdf"'}
    return StreamingResponse(chunks(file), media_type=PDF, headers=headers)


async def zip_file(chosen: Chosen, documents: DocumentRepository) -> IO[bytes]:
    """Return a ZIP archive with the PDF of each invoice, and a text that lists those that have none yet."""
    invoices = await _found(chosen, documents)
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it after the response is sent)
    missing, names = [], set[str]()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        async for invoice, pdf in _pdfs(invoices, documents):
            if pdf is None:
                missing.append(invoice)
                continue
            name = _entry_name(invoice, names)
            names.add(name)
            await asyncio.to_thread(archive.writestr, zipfile.ZipInfo(name, _MOMENT), pdf)
        if missing:
            lines = [f"{each.number or each.id}: {each.customer_name}\n" for each in missing]
            archive.writestr(zipfile.ZipInfo(MISSING, _MOMENT), "".join(lines))
    return file


async def printable_file(chosen: Chosen, documents: DocumentRepository) -> IO[bytes]:
    """Return one PDF with the pages of all documents, in order. Raise NotFound when no invoice has a document."""
    invoices = await _found(chosen, documents)
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it after the response is sent)
    with pikepdf.new() as joined:
        async for _, pdf in _pdfs(invoices, documents):
            if pdf is not None:
                await asyncio.to_thread(_append, joined, pdf)
        if not len(joined.pages):
            file.close()
            raise NotFound(NONE_PRINTED)
        await asyncio.to_thread(joined.save, file, deterministic_id=True)
    return file


async def _found(chosen: Chosen, documents: DocumentRepository) -> list[PrintedInvoice]:
    """Return the invoices in the order of their ids, each once. Raise NotFound for an id that does not exist."""
    wanted = list(dict.fromkeys(chosen.id))
    found = {each.id: each for each in await documents.invoices(wanted)}
    for each in wanted:
        if each not in found:
            raise NotFound(f"There is no invoice {each}.")
    return [found[each] for each in wanted]


async def _pdfs(
    invoices: Sequence[PrintedInvoice], documents: DocumentRepository
) -> AsyncIterator[tuple[PrintedInvoice, bytes | None]]:
    """Yield each invoice with its PDF, None when it has none; one document is in memory at a time."""
    for invoice in invoices:
        stored = await documents.find_pdf(invoice.document_sha256) if invoice.document_sha256 else None
        yield invoice, stored.content if stored else None


def _entry_name(invoice: PrintedInvoice, taken: set[str]) -> str:
    """Return the name of the invoice's file in an archive. A number may have a slash, which would make a folder."""
    name = file_name(invoice.number or invoice.id).replace("/", "_").replace("\\", "_")
    return name if name not in taken else f"{invoice.id}_{name}"


def _append(joined: pikepdf.Pdf, pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        joined.pages.extend(document.pages)
