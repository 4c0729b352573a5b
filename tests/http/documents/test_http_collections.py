"""The documents of several invoices as one archive and as one PDF to print."""

import io
import zipfile

import pikepdf
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.documents.store import DocumentStore
from models.documents.ports import RenderInput
from models.invoice.invoice import Invoice
from tests.fixtures.invoices import reviewable
from tests.http.callers import Caller, Rules, draft_of, error_of


def pdf_with(pages: int, title: str) -> bytes:
    """Return a PDF with so many pages. The title makes its bytes differ from those of the others."""
    file = io.BytesIO()
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page()
        made.docinfo["/Title"] = title
        made.save(file, deterministic_id=True)
    return file.getvalue()


async def printed(rules: Rules, engine: AsyncEngine, key: str, number: str, pages: int) -> tuple[Invoice, bytes]:
    shown = reviewable(draft_of(key))
    assert shown.number is not None
    pdf = pdf_with(pages, key)
    rendering = RenderInput(
        invoice_id=shown.id,
        display_number=shown.number.display,
        digest=f"{shown.digest}",
        due=shown.due_date_by_terms(),
        content=shown.content,
    )
    document = await DocumentStore(engine).save(rendering, pdf, pages)
    changed = {"document": document, "number": shown.number.model_copy(update={"display": number})}
    return await rules.put(shown.model_copy(update=changed)), pdf


async def test_an_archive_has_the_bytes_of_each_document(
    viewer: Caller, rules: Rules, engine: AsyncEngine, key: str
) -> None:
    one, first = await printed(rules, engine, f"{key}-1", f"Акт-7/{key}", 1)
    two, second = await printed(rules, engine, f"{key}-2", f"Акт-7_{key}", 2)
    draft = await rules.put(draft_of(f"{key}-3"))
    answer = await viewer.get("/invoices.zip", params={"id": [one.id, two.id, draft.id, one.id]})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/zip"
    assert "attachment" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    # Both numbers give the same name, because a slash would make a folder; the second one has its id in front.
    assert files == {
        f"Act_Акт-7_{key}.pdf": first,
        f"{two.id}_Act_Акт-7_{key}.pdf": second,
        "without-a-document.txt": f"{draft.id}: {draft.content.customer.name}\n".encode(),
    }


async def test_a_file_to_print_has_all_pages_in_order(
    viewer: Caller, rules: Rules, engine: AsyncEngine, key: str
) -> None:
    one, _ = await printed(rules, engine, f"{key}-1", f"A-{key}", 1)
    two, _ = await printed(rules, engine, f"{key}-2", f"B-{key}", 2)
    draft = await rules.put(draft_of(f"{key}-3"))
    answer = await viewer.get("/invoices.pdf", params={"id": [two.id, draft.id, one.id]})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(answer.content)) as joined:
        assert len(joined.pages) == 3


async def test_nothing_to_print(viewer: Caller, rules: Rules, key: str) -> None:
    draft = await rules.put(draft_of(key))
    error_of(await viewer.get("/invoices.pdf", params={"id": draft.id}), 404, "NOT_FOUND")
    for path in ("/invoices.pdf", "/invoices.zip"):
        missing = error_of(await viewer.get(path, params={"id": [draft.id, "nothing"]}), 404, "NOT_FOUND")
        assert missing["message"] == "There is no invoice nothing."
        error_of(await viewer.get(path), 400, "VALIDATION_ERROR")
        error_of(await viewer.get(path, params={"id": [str(n) for n in range(101)]}), 400, "VALIDATION_ERROR")
