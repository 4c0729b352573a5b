"""The real Gotenberg as a component, used if AKTUM_RENDERER=gotenberg is set without AKTUM_GOTENBERG__URL."""

import os
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from local.engines.native.programs import BUILT, GOTENBERG, SYSTEM_PROGRAMS, engine_program, missing_programs
from local.stack.component import Component, ComponentFailed
from local.stack.health_checks import check_http
from local.stack.port_allocation import HOST
from local.stack.state_directory import StateDirectory

NAME = "gotenberg"
API_TIMEOUT_SECONDS = "60"
MAX_CONCURRENT_PAGES = 6
# A page may load only the files that come with it. Any other address must fail as an unknown name, which Gotenberg
# reports; what its own filter stops would be missing from the page without an error.
ISOLATION_FLAGS = (
    "--api-disable-download-from",
    "--webhook-disable",
    "--chromium-disable-javascript",
    "--chromium-allow-list=.*",
    "--chromium-host-resolver-rules=MAP * ~NOTFOUND",
)


def api_timeout_seconds(environment: Mapping[str, str]) -> str:
    return environment.get("AKTUM_GOTENBERG__API_TIMEOUT_SECONDS") or API_TIMEOUT_SECONDS


def gotenberg_component(directory: StateDirectory, port: int, environment: Mapping[str, str]) -> Component:
    program = engine_program(directory, GOTENBERG) or BUILT / GOTENBERG
    # Gotenberg lets pages load files below /tmp only.
    scratch = Path("/tmp") / f"aktum-gotenberg-{port}"  # noqa: S108
    empty_directory = scratch / "empty"
    return Component(
        name=NAME,
        command=(str(program), *_flags(port, api_timeout_seconds(environment))),
        env={
            **{item.variable: item.path(environment) or item.name for item in SYSTEM_PROGRAMS},
            **{name: shutil.which("qpdf") or "qpdf" for name in ("PDFTK_BIN_PATH", "PDFCPU_BIN_PATH")},  # never called
            "CHROMIUM_HYPHEN_DATA_DIR_PATH": str(empty_directory),
            # Gotenberg kills all Chromium and Chrome processes of the machine when its own browser stops. With an empty
            # process directory it finds no others, and its own browser still ends.
            "HOST_PROC": str(empty_directory),
            "TMPDIR": str(scratch),
            **dict.fromkeys(("OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER"), "none"),
        },
        prepare=partial(_prepare, program, scratch, empty_directory, environment),
        healthy=partial(check_http, f"http://{HOST}:{port}/health"),
    )


def _flags(port: int, timeout_seconds: str) -> tuple[str, ...]:
    return (
        f"--api-port={port}",
        f"--api-bind-ip={HOST}",
        f"--api-timeout={timeout_seconds}s",
        *ISOLATION_FLAGS,
        "--chromium-auto-start",
        f"--chromium-max-concurrency={min(os.cpu_count() or 1, MAX_CONCURRENT_PAGES)}",
        "--pdfengines-convert-engines=qpdf",
        "--gotenberg-hide-banner",
        "--gotenberg-graceful-shutdown-duration=5s",
        "--log-level=warn",
    )


def _prepare(program: Path, scratch: Path, empty_directory: Path, environment: Mapping[str, str]) -> None:
    """Check that the programs exist, and remove the browser profiles of earlier runs. Raises ComponentFailed."""
    if not program.exists():
        raise ComponentFailed(NAME, "Gotenberg has not been built. Run `make engines` once, or unset AKTUM_RENDERER.")
    if missing := missing_programs(environment):
        names = ", ".join(item.name for item in missing)
        raise ComponentFailed(NAME, f"Gotenberg needs {names}. Run `make engines`, which explains the installation.")
    if scratch.exists():
        shutil.rmtree(scratch)
    empty_directory.mkdir(parents=True, mode=0o700)
    scratch.chmod(0o700)
