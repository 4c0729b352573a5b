"""The PDF as it is stored: its metadata, the same bytes in any process, and refusals."""

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.documents.pdf_normaliser import normalise
from activities.documents.renderer import EngineUnavailable
from activities.documents.rendering import Documents
from activities.documents.store import DocumentStore
from models.documents.ports import RenderInput
from models.invoice.invoice import Document
from models.values.failure_codes import Failure
from tests.fixtures.documents import INVOICE_DATE, rendering, seed_support


async def test_metadata_is_that_of_the_document(documents: Documents) -> None:
    finished = await documents.pdf(rendering(seed_support()))
    with pikepdf.open(io.BytesIO(finished.content)) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Акт выполненных работ № ACT-2026-0014"
        assert str(pdf.docinfo["/Author"]) == "ООО «ProximaOps»"
        assert str(pdf.docinfo["/CreationDate"]) == str(pdf.docinfo["/ModDate"]) == "D:20260302000000Z"
        assert "/Metadata" not in pdf.Root
        assert str(pdf.Root.Lang) == "ru"
        assert len(pdf.pages) == finished.pages
        embedded = {str(font) for page in pdf.pages for font in fonts_of(page)}
    assert embedded
    assert all("SourceSansPro" in font for font in embedded)


def fonts_of(page: pikepdf.Page) -> list[object]:
    return [font.BaseFont for font in page.resources.Font.values()]


async def test_render_stores_the_document(documents: Documents, store: DocumentStore) -> None:
    given = rendering(seed_support()).model_copy(update={"invoice_id": "kept", "digest": "a" * 64})
    first: Document = await ActivityEnvironment().run(documents.render, given)
    second: Document = await ActivityEnvironment().run(documents.render, given)
    assert first == second
    kept = await store.pdf(first.sha256)
    assert hashlib.sha256(kept).hexdigest() == first.sha256
    assert (first.size, first.pages) == (len(kept), 2)


async def test_an_override_with_a_missing_file_is_refused(documents: Documents) -> None:
    own: RenderInput = rendering(seed_support().model_copy(update={"html_override": '<img src="stamp.png">'}))
    with pytest.raises(ApplicationError, match=r"stamp\.png") as refused:
        await ActivityEnvironment().run(documents.render, own)
    assert refused.value.type == Failure.RENDERING_REFUSED
    assert refused.value.non_retryable


ROOT = Path(__file__).parents[3]
SAME_BYTES = """
import asyncio, hashlib, json, sys
from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.rendering import Documents
from models.documents.ports import RenderInput

async def main():
    given = [RenderInput.model_validate(each) for each in json.load(sys.stdin)]
    renderer = EmbeddedRenderer(processes=2)
    documents = Documents(renderer, None)
    for each in given:
        made = await asyncio.gather(*(documents.pdf(each) for _ in range(10)))
        print(*{hashlib.sha256(pdf.content).hexdigest() for pdf in made})
    renderer.close()

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_the_same_rendering_gives_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    program = tmp_path / "same_bytes.py"
    program.write_text(SAME_BYTES)
    given = [rendering(seed_support(currency=currency)).model_dump(mode="json") for currency in ("UZS", "USD")]
    found = [
        subprocess.run(
            [sys.executable, program],
            input=json.dumps(given),
            capture_output=True,
            check=True,
            text=True,
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout.split()
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tashkent"))
    ]
    assert len(found[0]) == 2  # one digest for each document
    assert found[0] == found[1]


def test_an_answer_that_is_not_a_pdf_is_retried() -> None:
    with pytest.raises(EngineUnavailable, match="not a PDF"):
        normalise(b"<html>502</html>", INVOICE_DATE, title="t", author="a", language="en")
