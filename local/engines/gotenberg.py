"""The real Gotenberg as a part of the stack: where AKTUM_RENDERER=gotenberg asks for it and names no server."""

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
MOST_PAGES_AT_ONCE = 6
# A page reaches nothing but the files that came with it. An address outside must fail as a name that is not known: what
# Gotenberg's own filter stops is left out of the page without a word, and this it reports.
SEALED = (
    "--api-disable-download-from",
    "--webhook-disable",
    "--chromium-disable-javascript",
    "--chromium-allow-list=.*",
    "--chromium-host-resolver-rules=MAP * ~NOTFOUND",
)


def api_timeout_seconds(environment: Mapping[str, str]) -> str:
    return environment.get("AKTUM_GOTENBERG__API_TIMEOUT_SECONDS") or API_TIMEOUT_SECONDS


def gotenberg_component(home: StateDirectory, port: int, environment: Mapping[str, str]) -> Component:
    program = engine_program(home, GOTENBERG) or BUILT / GOTENBERG
    # Pages may load files from below /tmp alone; that is Gotenberg's own rule.
    scratch = Path("/tmp") / f"aktum-gotenberg-{port}"  # noqa: S108
    nothing = scratch / "nothing"
    return Component(
        name=NAME,
        command=(str(program), *_flags(port, api_timeout_seconds(environment))),
        env={
            **{item.variable: item.path(environment) or item.name for item in SYSTEM_PROGRAMS},
            **{name: shutil.which("qpdf") or "qpdf" for name in ("PDFTK_BIN_PATH", "PDFCPU_BIN_PATH")},  # never called
            "CHROMIUM_HYPHEN_DATA_DIR_PATH": str(nothing),
            # Whenever its browser stops, Gotenberg kills every process of the machine that looks like a Chromium or a
            # Chrome. Where it sees no processes it leaves other people's browsers alone; its own ends all the same.
            "HOST_PROC": str(nothing),
            "TMPDIR": str(scratch),
            **dict.fromkeys(("OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER"), "none"),
        },
        prepare=partial(_prepare, program, scratch, nothing, environment),
        healthy=partial(check_http, f"http://{HOST}:{port}/health"),
    )


def _flags(port: int, timeout_seconds: str) -> tuple[str, ...]:
    return (
        f"--api-port={port}",
        f"--api-bind-ip={HOST}",
        f"--api-timeout={timeout_seconds}s",
        *SEALED,
        "--chromium-auto-start",
        f"--chromium-max-concurrency={min(os.cpu_count() or 1, MOST_PAGES_AT_ONCE)}",
        "--pdfengines-convert-engines=qpdf",
        "--gotenberg-hide-banner",
        "--gotenberg-graceful-shutdown-duration=5s",
        "--log-level=warn",
    )


def _prepare(program: Path, scratch: Path, nothing: Path, environment: Mapping[str, str]) -> None:
    """Its browser leaves a profile behind at every stop; the next start clears it away."""
    if not program.exists():
        raise ComponentFailed(NAME, "it has not been built. Run `make engines` once, or unset AKTUM_RENDERER.")
    if missing := missing_programs(environment):
        names = ", ".join(item.name for item in missing)
        raise ComponentFailed(NAME, f"it needs {names}. Run `make engines`, which says how to install that.")
    if scratch.exists():
        shutil.rmtree(scratch)
    nothing.mkdir(parents=True, mode=0o700)
    scratch.chmod(0o700)
