"""Stops the components that a killed supervisor left running. Recorded pid, start time and program must all agree."""

import contextlib
import signal
from typing import Any

import psutil

from local.stack.component import PARENT_DEATH_GUARD, kill_session
from local.stack.state_directory import StateDirectory, read_json

SECONDS = 10.0


def end_orphans(directory: StateDirectory) -> list[str]:
    """Stop them and return their names. The caller must hold the lock of the state directory."""
    recorded: dict[str, Any] = read_json(directory.processes_file).get("components", {})
    orphans = {name: process for name, record in recorded.items() if (process := find(record)) is not None}
    for name, process in orphans.items():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.Signals(recorded[name]["stop_signal"]))
    psutil.wait_procs(list(orphans.values()), timeout=SECONDS)
    for process in orphans.values():
        if process.is_running():
            kill_session(process.pid)
    psutil.wait_procs(list(orphans.values()), timeout=SECONDS)
    return list(orphans)


def find(record: dict[str, Any]) -> psutil.Process | None:
    """Return the recorded process if it still runs; None if its pid belongs to another program now."""
    if not record.get("pid"):
        return None
    try:
        process = psutil.Process(record["pid"])
        same_start = abs(process.create_time() - record["created"]) < 1
        command = process.cmdline()
    except psutil.NoSuchProcess:
        return None
    ours = command == record["command"] or str(PARENT_DEATH_GUARD) in command
    return process if same_start and ours else None
