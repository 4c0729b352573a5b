"""Pages that exceed a limit of the embedded renderer: each is refused after two tries, and no other page fails."""

import asyncio
import multiprocessing
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.documents import embedded_renderer, override_reader
from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.pdf_normaliser import normalise
from activities.documents.renderer import MAX_BYTES, PageRefused
from activities.documents.rendering import Documents
from activities.runtime.limited_processes import TRIES, Limits
from models.values.failure_codes import Failure
from tests.fixtures.documents import INVOICE_DATE, rendering, seed_support
from workflows.runtime import activity_options

ROOT = Path(__file__).parents[3]
PLAIN = "<p>x</p>"
# Nested blocks take quadratic time; this many words exceed the memory limit of the tests.
SLOW = "<div>" * 30_000 + "a"
LARGE = "<p>" + "<span>word </span>" * 400_000
TALL = "<div style='height: 10000000px'>x</div>"


@pytest.fixture(scope="module")
async def limited() -> AsyncIterator[EmbeddedRenderer]:
    renderer = EmbeddedRenderer(processes=2, limits=Limits(processor_seconds=2, seconds=60, memory_mebibytes=400))
    yield renderer
    renderer.close()


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (SLOW, "took more than 2 s of processor time"),
        (LARGE, "took more than (400 MB of memory|2 s of processor time)"),
        (TALL, r"would have \d+ pages; at most 2000 are allowed"),
    ],
    ids=["slow", "large", "tall"],
)
async def test_a_page_that_exceeds_a_limit_is_refused(limited: EmbeddedRenderer, page: str, reason: str) -> None:
    with pytest.raises(PageRefused, match=reason):
        await limited.render(page, {})
    assert (await limited.render(PLAIN, {})).startswith(b"%PDF")


async def test_other_pages_are_printed_at_the_same_time(limited: EmbeddedRenderer) -> None:
    """Some of them are printed by the process that replaces an ended one."""
    pages = [PLAIN, SLOW, *[PLAIN] * 6, LARGE, *[PLAIN] * 6]
    outcomes = await asyncio.gather(*(limited.render(page, {}) for page in pages), return_exceptions=True)
    for page, outcome in zip(pages, outcomes, strict=True):
        if page is PLAIN:
            assert isinstance(outcome, bytes)
        else:
            assert isinstance(outcome, PageRefused)


async def test_a_process_that_dies_while_idle_is_replaced() -> None:
    """The next page is not at fault, so it is printed."""
    renderer = EmbeddedRenderer(processes=1)
    before = set(multiprocessing.active_children())
    await renderer.render(PLAIN, {})
    (process,) = set(multiprocessing.active_children()) - before
    process.kill()
    process.join()
    assert (await renderer.render(PLAIN, {})).startswith(b"%PDF")
    renderer.close()


async def test_close_ends_the_processes() -> None:
    renderer = EmbeddedRenderer(processes=1)
    before = set(multiprocessing.active_children())
    await renderer.render(PLAIN, {})
    (process,) = set(multiprocessing.active_children()) - before
    assert process.pid is not None
    printer = psutil.Process(process.pid)
    renderer.close()
    assert not printer.is_running()


LARGE_PROGRAM = """
import asyncio
from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.override_reader import OverrideReader

BALLAST = bytearray(1_000_000_000)  # address space only; each process of the program has it too

async def main():
    reader, renderer = OverrideReader(), EmbeddedRenderer()
    checked = await reader.check("<p>" + "<b>word</b> " * 4000 + "</p>")
    assert checked.objections == (), checked.objections
    print((await renderer.render(checked.html, {}))[:4].decode())
    reader.close()
    renderer.close()

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_the_memory_of_the_program_itself_does_not_count(tmp_path: Path) -> None:
    program = tmp_path / "large.py"
    program.write_text(LARGE_PROGRAM)
    done = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)}
    )
    assert done.stdout.split() == ["%PDF"], done.stderr


def test_an_attempt_of_the_activity_outlasts_both_tries() -> None:
    """Otherwise Temporal would end the attempt before the page is refused, and retry it for ever."""
    waiting = embedded_renderer.WAIT_SECONDS + override_reader.WAIT_SECONDS
    # Without objections the check took one try at most; the page itself may take two.
    working = override_reader.LIMITS.seconds + TRIES * embedded_renderer.LIMITS.seconds
    assert timedelta(seconds=waiting + working) < activity_options.RENDER.start_to_close


@pytest.fixture
def documents(limited: EmbeddedRenderer) -> Iterator[Documents]:
    documents = Documents(limited, None)  # type: ignore[arg-type]  # nothing is stored here
    yield documents
    documents.close()


async def test_the_activity_is_not_retried(documents: Documents) -> None:
    """The invoice is blocked with the reason; without that Temporal would retry for ever."""
    page = f"<p style='height: 9000000px'>x</p>{PLAIN}"
    asked = rendering(seed_support().model_copy(update={"html_override": page}))
    with pytest.raises(ApplicationError, match="at most 2000") as refused:
        await ActivityEnvironment().run(documents.render, asked)
    assert (refused.value.type, refused.value.non_retryable) == (Failure.RENDERING_REFUSED, True)


async def test_an_override_of_a_signal_is_refused_with_every_reason(documents: Documents) -> None:
    """The API has not checked it. A document must not silently lack a part that its author wrote."""
    asked = rendering(seed_support().model_copy(update={"html_override": "<p onclick='x()'>a</p><form>b</form>"}))
    with pytest.raises(ApplicationError, match=r"onclick.*<form>|<form>.*onclick") as refused:
        await ActivityEnvironment().run(documents.render, asked)
    assert (refused.value.type, refused.value.non_retryable) == (Failure.RENDERING_REFUSED, True)


def test_a_pdf_that_is_too_large_to_send_is_refused() -> None:
    with pytest.raises(PageRefused, match="15 MB"):
        normalise(b"%PDF-" + b"0" * MAX_BYTES, INVOICE_DATE, title="t", author="a", language="en")
