"""The places of the real engines, and the system programs that Gotenberg needs.

`make engines` builds into `var/engines/` of the checkout; a state directory may hold its own engines.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.stack.state_directory import ROOT, StateDirectory

BUILT = ROOT / "var" / "engines"
GOTENBERG = "gotenberg-chromium"
VERSITYGW = "versitygw"


@dataclass(frozen=True)
class SystemProgram:
    """A program that Gotenberg calls. `variable` is Gotenberg's environment variable for its path."""

    name: str
    variable: str
    debian_package: str

    def path(self, environment: Mapping[str, str]) -> str | None:
        return shutil.which(environment.get(self.variable) or self.name)


SYSTEM_PROGRAMS = (
    SystemProgram("chromium", "CHROMIUM_BIN_PATH", "chromium"),
    SystemProgram("qpdf", "QPDF_BIN_PATH", "qpdf"),
    SystemProgram("exiftool", "EXIFTOOL_BIN_PATH", "libimage-exiftool-perl"),
)


def engine_program(directory: StateDirectory, name: str) -> Path | None:
    """Return the path of a built engine, or None."""
    candidates = (directory.path / "engines" / name, BUILT / name)
    return next((path for path in candidates if path.exists()), None)


def missing_programs(environment: Mapping[str, str]) -> list[SystemProgram]:
    return [program for program in SYSTEM_PROGRAMS if program.path(environment) is None]
