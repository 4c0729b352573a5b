"""The real Gotenberg and the real versitygw as components of a stack, if `make engines` has built them."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from activities.documents import gotenberg_renderer
from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.gotenberg_renderer import GotenbergRenderer
from local.engines.native.programs import GOTENBERG, VERSITYGW, engine_program, missing_programs
from local.stack.stack import Stack
from local.stack.state_directory import StateDirectory
from tests.stack.conftest import clean_environment

RunGotenberg = Callable[..., AbstractContextManager[Stack]]


def require(engine: str) -> None:
    """Skip the test if the engine is missing; fail instead if AKTUM_TEST_ENGINES is `required`."""
    lacking = [] if engine_program(StateDirectory.of(), engine) else [engine]
    if engine == GOTENBERG:
        lacking += [program.name for program in missing_programs(os.environ)]
    if not lacking:
        return
    reason = f"{', '.join(lacking)} is missing: run `make engines`"
    if os.environ.get("AKTUM_TEST_ENGINES") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


def renderer_of(stack: Stack) -> GotenbergRenderer:
    env = stack.env
    timeout = float(env["AKTUM_GOTENBERG__API_TIMEOUT_SECONDS"])
    return GotenbergRenderer(gotenberg_renderer.connect(env["AKTUM_GOTENBERG__URL"], timeout))


@pytest.fixture(scope="session")
def run_gotenberg(tmp_path_factory: pytest.TempPathFactory) -> RunGotenberg:
    require(GOTENBERG)

    @contextmanager
    def run(**environment: str) -> Iterator[Stack]:
        """Run a stack with Gotenberg; `environment` may hold variables of Gotenberg."""
        directory: Path = tmp_path_factory.mktemp("gotenberg") / "state"
        with Stack(
            directory, {"gotenberg"}, {**clean_environment(), "AKTUM_RENDERER": "gotenberg", **environment}
        ) as stack:
            stack.start()
            yield stack
        shutil.rmtree(stack.layout.components["gotenberg"].env["TMPDIR"])

    return run


@pytest.fixture(scope="session")
def gotenberg_stack(run_gotenberg: RunGotenberg) -> Iterator[Stack]:
    with run_gotenberg() as stack:
        yield stack


@pytest.fixture(scope="session")
def real(gotenberg_stack: Stack) -> GotenbergRenderer:
    return renderer_of(gotenberg_stack)


@pytest.fixture(scope="session")
def embedded(renderer: EmbeddedRenderer) -> EmbeddedRenderer:
    return renderer


@pytest.fixture(scope="session")
def versitygw_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    require(VERSITYGW)
    with Stack(tmp_path_factory.mktemp("versitygw") / "state", {"object_store"}, clean_environment()) as stack:
        stack.start()
        yield stack
