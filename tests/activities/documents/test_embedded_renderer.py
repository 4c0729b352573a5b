"""The embedded renderer refuses what is not an asset, and its processes end with the worker."""

import contextlib
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.renderer import PageRefused, fonts

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "page",
    [
        '<img src="file:///etc/passwd">',
        '<img src="http://127.0.0.1:9/secret.png">',
        '<link rel="stylesheet" href="../../settings.py">',
        "<style>@font-face{font-family:x;src:url(missing.otf)} p{font-family:x}</style><p>x</p>",
    ],
)
async def test_a_page_with_external_content_is_refused(renderer: EmbeddedRenderer, page: str) -> None:
    """The renderer refuses it, also when the check of overrides did not."""
    with pytest.raises(PageRefused):
        await renderer.render(page, fonts())


async def test_missing_assets_are_named(renderer: EmbeddedRenderer) -> None:
    with pytest.raises(PageRefused, match=r"logo\.png"):
        await renderer.render('<img src="logo.png">', {})


KILLED = """
import asyncio, multiprocessing, os, signal
from activities.documents.embedded_renderer import EmbeddedRenderer

async def main():
    renderer, children = EmbeddedRenderer(processes=1), []
    while not children:  # a process that died by itself is replaced at the next page
        await renderer.render("<p>x</p>", {})
        children = multiprocessing.active_children()
    print(*(child.pid for child in children), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_killed_worker_leaves_no_process(tmp_path: Path) -> None:
    program = tmp_path / "killed.py"
    program.write_text(KILLED)
    done = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == -9
    for pid in map(int, done.stdout.split()):
        if psutil.pid_exists(pid):
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(pid).wait(timeout=60)
    assert done.stdout.strip()
