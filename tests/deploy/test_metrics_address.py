"""The worker's metrics ask for no login, so they listen on this machine alone unless a setting says otherwise."""

import subprocess
import sys

import pytest

# Takes a free port, as the worker does with the one that is set, and prints where the process listens then.
PROGRAM = """
import os, socket, sys
import psutil
from settings import load
from worker import _runtime
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
runtime = _runtime(load().metrics_address, port)
listening = [c.laddr for c in psutil.Process().net_connections("tcp") if c.status == psutil.CONN_LISTEN]
print(*(address.ip for address in listening if address.port == port), flush=True)
os._exit(0)
"""


@pytest.mark.parametrize("given", ["", "0.0.0.0"])  # noqa: S104
def test_metrics_listen_on_loopback_unless_told_otherwise(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTUM_METRICS_ADDRESS", given)
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [given or "127.0.0.1"]
