"""Permanent and transient errors of the real Gotenberg, and the isolation of a page from other resources."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from pdfminer.high_level import extract_text
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.documents import gotenberg_renderer as gotenberg
from activities.documents.gotenberg_renderer import GotenbergRenderer
from activities.documents.renderer import EngineUnavailable, PageRefused
from activities.documents.rendering import Documents
from activities.documents.store import DocumentStore
from local.stack.component import ComponentFailed
from local.stack.stack import Stack
from models.values.failure_codes import Failure
from tests.engines.conftest import RunGotenberg, renderer_of
from tests.fixtures import documents as sample
from tests.stack.conftest import clean_environment, wait_until

pytestmark = pytest.mark.engines


def page(body: str) -> str:
    return f"<!DOCTYPE html><html><head><title>A page</title></head><body>{body}</body></html>"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('<img src="stamp.png">', "HTTP 409.*ERR_FILE_NOT_FOUND"),
        ('<style>@import "brand.css";</style>', "HTTP 409.*ERR_FILE_NOT_FOUND"),
        ('<img src="https://example.com/stamp.png">', "HTTP 409.*ERR_NAME_NOT_RESOLVED"),
        ('<img src="http://127.0.0.1:{port}/health">', "HTTP 409.*ERR_NAME_NOT_RESOLVED"),
        ('<link rel="stylesheet" href="http://169.254.169.254/latest">', "HTTP 409.*ERR_NAME_NOT_RESOLVED"),
        ('<iframe src="http://127.0.0.1:{port}/health"></iframe>', "HTTP 400.*ERR_NAME_NOT_RESOLVED"),
        ('<meta http-equiv="refresh" content="0;url=http://127.0.0.1:{port}/">', "HTTP 400.*ERR_NAME_NOT_RESOLVED"),
    ],
)
async def test_a_page_may_use_only_what_comes_with_it(
    body: str, reason: str, real: GotenbergRenderer, gotenberg_stack: Stack
) -> None:
    asked = body.replace("{port}", str(gotenberg_stack.layout.ports["gotenberg"]))
    with pytest.raises(PageRefused, match=reason):
        await real.render(page(asked), {})


async def test_no_file_of_the_machine_gets_into_a_page(real: GotenbergRenderer, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    pdf = await real.render(page(f'<p>before</p><iframe src="{secret.as_uri()}"></iframe><p>after</p>'), {})
    assert extract_text(io.BytesIO(pdf)).split() == ["before", "after"]


@pytest.mark.parametrize(
    ("variable", "value", "status"), [("API_BODY_LIMIT", "1KB", 413), ("CHROMIUM_DENY_LIST", ".*", 403)]
)
async def test_what_the_server_forbids_is_refused(
    variable: str, value: str, status: int, run_gotenberg: RunGotenberg
) -> None:
    with run_gotenberg(**{variable: value}) as stack, pytest.raises(PageRefused, match=f"HTTP {status}"):
        await renderer_of(stack).render(page("x" * 5000), {})


async def test_a_full_queue_and_a_time_limit_are_transient(run_gotenberg: RunGotenberg) -> None:
    with run_gotenberg(CHROMIUM_MAX_QUEUE_SIZE="3", AKTUM_GOTENBERG__API_TIMEOUT_SECONDS="20") as stack:
        renderer = renderer_of(stack)
        outcomes = await asyncio.gather(
            *(renderer.render(page("<p>one page</p>"), {}) for _ in range(20)), return_exceptions=True
        )
        rejected = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        assert rejected
        assert len(rejected) < len(outcomes)
        for error in rejected:
            assert isinstance(error, EngineUnavailable)
            assert "HTTP 429" in str(error)
        assert await renderer.render(page("<p>later</p>"), {})
    with run_gotenberg(AKTUM_GOTENBERG__API_TIMEOUT_SECONDS="1") as stack:
        rows = "<table>" + "<tr><td>a cell</td><td>another</td></tr>" * 60_000 + "</table>"
        with pytest.raises(EngineUnavailable, match=r"HTTP 503.*time limit"):
            await renderer_of(stack).render(page(rows), {})


async def test_stopped_and_back(run_gotenberg: RunGotenberg, store: DocumentStore) -> None:
    """The activity: an outage is an ordinary error, which Temporal repeats; a page at fault is never repeated."""
    with run_gotenberg() as stack:
        renderer = renderer_of(stack)
        documents = Documents(renderer, store)
        asked = sample.rendering(sample.seed_support(), "ACT-ENGINES-1")
        attempt = ActivityEnvironment()
        stack.stop_component("gotenberg")
        with pytest.raises(EngineUnavailable, match="could not be reached"):
            await attempt.run(documents.render, asked)
        stack.start_component("gotenberg")
        document = await attempt.run(documents.render, asked)
        assert (await store.pdf(document.sha256)).startswith(b"%PDF-")
        assert document == await attempt.run(documents.render, asked)

        written = asked.content.model_copy(update={"html_override": page('<img src="stamp.png">')})
        with pytest.raises(ApplicationError, match=r"ERR_FILE_NOT_FOUND") as caught:
            await attempt.run(documents.render, asked.model_copy(update={"content": written}))
        assert (caught.value.type, caught.value.non_retryable) == (Failure.RENDERING_REFUSED, True)


def tabs(gotenberg: psutil.Process) -> set[int]:
    """The processes that lay out pages; a page that begins to load gets one."""
    found = set()
    for child in gotenberg.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "--type=renderer" in " ".join(child.cmdline()):
                found.add(child.pid)
    return found


async def test_killed_while_it_prints(run_gotenberg: RunGotenberg) -> None:
    """All running renderings fail as an outage, no browser remains, and a new Gotenberg works."""
    with run_gotenberg() as stack:
        renderer = renderer_of(stack)
        leader = psutil.Process(stack.describe()["pids"]["gotenberg"])
        browsers = [child for child in leader.children(recursive=True) if "--headless" in " ".join(child.cmdline())]
        assert browsers
        html = page("<p>a line of text</p>" * 60_000)
        before = tabs(leader)
        printing = [asyncio.create_task(renderer.render(html, {})) for _ in range(4)]
        await asyncio.to_thread(wait_until, lambda: bool(tabs(leader) - before))
        assert not any(task.done() for task in printing)
        await asyncio.to_thread(stack.kill, "gotenberg")
        outcomes = await asyncio.gather(*printing, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [EngineUnavailable] * 4
        assert psutil.wait_procs(browsers, timeout=60)[1] == []
        stack.start_component("gotenberg")
        assert await renderer.render(page("<p>again</p>"), {})


async def test_other_browsers_keep_running(run_gotenberg: RunGotenberg, tmp_path: Path) -> None:
    """Gotenberg kills all processes that look like Chromium when its own browser stops."""
    (tmp_path / "chromium").mkdir()
    lookalike = tmp_path / "chromium" / "chromium"
    lookalike.symlink_to("/bin/sleep")
    other = psutil.Popen([str(lookalike), "120"])
    try:
        with run_gotenberg() as stack:
            await renderer_of(stack).render(page("<p>one page</p>"), {})
        assert other.is_running()
        assert other.status() != psutil.STATUS_ZOMBIE
    finally:
        other.kill()
        other.wait()


@pytest.fixture
async def other_server() -> AsyncIterator[str]:
    """Yield the address of a server that is not Gotenberg."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"--\r\n")  # the end of the form
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_an_answer_that_is_no_pdf(other_server: str) -> None:
    with pytest.raises(EngineUnavailable, match="no PDF"):
        await GotenbergRenderer(gotenberg.connect(other_server, 1)).render(page("x"), {})


def test_without_a_build_the_error_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.engines.native.programs.BUILT", tmp_path / "nowhere")
    monkeypatch.setattr("local.engines.gotenberg.BUILT", tmp_path / "nowhere")
    stack = Stack(tmp_path / "state", {"gotenberg"}, {**clean_environment(), "AKTUM_RENDERER": "gotenberg"})
    with pytest.raises(ComponentFailed, match="make engines"):
        stack.start()


def test_a_configured_server_is_used(tmp_path: Path) -> None:
    env = {**clean_environment(), "AKTUM_RENDERER": "gotenberg", "AKTUM_GOTENBERG__URL": "https://pdf.example"}
    with Stack(tmp_path / "state", {"gotenberg"}, env) as stack:
        stack.start()
        assert "gotenberg" in stack.layout.external
        assert "AKTUM_GOTENBERG__URL" not in stack.env
        assert stack.describe()["pids"] == {}
