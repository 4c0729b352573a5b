"""Ends what a killed supervisor left running, and nothing else: the recorded pid, start time and program must agree."""

import contextlib
import signal
from typing import Any

import psutil

from local.stack.component import TETHER, kill_session
from local.stack.state_directory import StateDirectory, read_json

SECONDS = 10.0


def end_orphans(home: StateDirectory) -> list[str]:
    """The names of the components that were still running. Call it only while holding the home's lock."""
    recorded: dict[str, Any] = read_json(home.processes_file).get("components", {})
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
    if not record.get("pid"):
        return None
    try:
        process = psutil.Process(record["pid"])
        same_start = abs(process.create_time() - record["created"]) < 1
        command = process.cmdline()
    except psutil.NoSuchProcess:
        return None
    ours = command == record["command"] or str(TETHER) in command
    return process if same_start and ours else None
