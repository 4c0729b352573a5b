"""The state directory of an embedded stack (`var/`, or AKTUM_HOME): its files, its logs and its lock."""

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.engines import durable_files

ROOT = Path(__file__).resolve().parents[2]
LONGEST_LOG = 10_000_000
START_OF_LOG = "--- started"


class AlreadyRunning(Exception):
    """Another supervisor holds this state directory."""


@dataclass(frozen=True)
class StateDirectory:
    path: Path

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> "StateDirectory":
        chosen = environment.get("AKTUM_HOME")
        return cls(Path(chosen).expanduser().resolve() if chosen else ROOT / "var")

    @property
    def stack_file(self) -> Path:
        return self.path / "stack.json"

    @property
    def processes_file(self) -> Path:
        return self.path / "processes.json"

    @property
    def credentials_file(self) -> Path:
        return self.path / "credentials.json"

    def log(self, name: str) -> Path:
        return self.path / "logs" / f"{name}.log"

    def create(self) -> None:
        """Create the directory. Other users may enter it but not list it: PostgreSQL may run as another user."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o711)
        for name in ("logs", "archive", "mailbox", "clickhouse", "sandboxes"):
            (self.path / name).mkdir(exist_ok=True, mode=0o700)

    def open_log(self, name: str) -> int:
        path = self.log(name)
        if path.exists() and path.stat().st_size > LONGEST_LOG:
            path.replace(path.with_suffix(".log.1"))
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def log_tail(self, name: str, lines: int = 20) -> str:
        """Return the last lines that the component wrote since its last start."""
        path = self.log(name)
        if not path.exists():
            return ""
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 20_000))
            text = file.read().decode(errors="replace")
        start = text.rfind(START_OF_LOG)
        return "\n".join(text[max(0, start) :].splitlines()[-lines:])

    def is_running(self) -> bool:
        try:
            os.close(self.lock())
        except AlreadyRunning:
            return True
        return False

    def lock(self) -> int:
        """Lock the directory and return the descriptor. The system releases it at the end of the process.

        Raises AlreadyRunning if another process holds the lock.
        """
        if not self.path.exists():
            self.create()
        descriptor = os.open(self.path / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise AlreadyRunning(f"A stack is already running in {self.path}.") from error
        return descriptor


def read_json(path: Path) -> dict[str, Any]:
    """Return the content of the file, or an empty dict if there is no file."""
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    return content


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    durable_files.write(path, json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n")
