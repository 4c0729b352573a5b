"""The logs of worker and API: JSON lines on standard error, with the fields of Temporal."""

import json
import subprocess
import sys

PROGRAM = """
import logging, structlog, json_logs
json_logs.configure("INFO")
logging.getLogger("a").warning("слово %s", "x", extra={"workflow_id": "w-1", "attempt": 2, "other": "left out"})
structlog.get_logger("b").info("request", status=200)
logging.getLogger("b").debug("below the level")
logging.getLogger("httpx").info("an address with a key")
"""


def test_both_kinds_of_logger_write_the_same_lines() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert "слово" in done.stderr  # readable, not escaped
    first, second = (json.loads(line) for line in done.stderr.splitlines())
    expected = {"event": "слово x", "level": "warning", "logger": "a", "workflow_id": "w-1", "attempt": 2}
    assert first.items() >= expected.items()
    assert "other" not in first
    assert second.items() >= {"event": "request", "level": "info", "status": 200}.items()
    assert {"timestamp"} <= first.keys() & second.keys()
