"""Routes for the documents of many invoices in one file."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from api.access.deps import require_role
from api.deps import TodayDep
from api.documents.collections import ZIP, Chosen, printable_answer, zip_answer
from api.documents.deps import DocumentsDep
from api.http.error_responses import errors
from api.http.media import PDF
from models.access.roles import READING

FILE = {"type": "string", "format": "binary"}

router = APIRouter(tags=["documents"], dependencies=[Depends(require_role(READING, "reading"))])


@router.get(
    "/invoices.zip",
    summary="The documents of several invoices",
    response_class=StreamingResponse,
    responses={
        200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}},
        **errors(400, 401, 404, 503),
    },
)
async def download_documents(
    chosen: Annotated[Chosen, Query()], documents: DocumentsDep, today: TodayDep
) -> StreamingResponse:
    """Returns the PDFs as they were approved and sent. `without-a-document.txt` lists the invoices that have none."""
    return await zip_answer(chosen, documents, today)


@router.get(
    "/invoices.pdf",
    summary="The documents of several invoices to print",
    response_class=StreamingResponse,
    responses={
        200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}},
        **errors(400, 401, 404, 503),
    },
)
async def print_documents(
    chosen: Annotated[Chosen, Query()], documents: DocumentsDep, today: TodayDep
) -> StreamingResponse:
    """Returns the pages of all documents as one PDF, in the order of the ids. Invoices without a document are left
    out. It is made for a printer: the file that is archived and sent is the PDF of each invoice."""
    return await printable_answer(chosen, documents, today)
