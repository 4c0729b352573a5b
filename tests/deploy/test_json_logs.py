"""The logs of worker and API: JSON lines on standard error, with the fields of Temporal."""

import json
import subprocess
import sys

from tests.architecture.import_table import TOP_LEVEL

PROGRAM = """
import logging, structlog, json_logs
json_logs.configure("INFO")
logging.getLogger("a").warning("слово %s", "x", extra={"workflow_id": "w-1", "attempt": 2, "other": "left out"})
structlog.get_logger("b").info("request", status=200)
logging.getLogger("worker").debug("below the level")
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


# Whatever the libraries of the worker and the API log, by the loggers that exist once all of them are imported.
DEBUGGING = """
import logging, json_logs, worker, api.app, boto3, botocore.auth, urllib3, httpcore, httpx, aiosmtplib
import clickhouse_connect, psycopg.pq, psycopg_pool, sqlalchemy.engine, python_multipart, temporalio.activity
from pydantic import SecretStr
from activities.clients.object_store import connect
json_logs.configure("DEBUG")
for name in sorted(logging.root.manager.loggerDict):
    logging.getLogger(name).debug("20208000123456789001 %s", name)
for name in ("temporalio.worker", "temporalio.worker._workflow", "botocore.auth", "one.that.comes.later"):
    logging.getLogger(name).debug("20208000123456789001 %s", name)
s3 = connect("http://127.0.0.1:1", "auto", "AKIAEXAMPLE", SecretStr("hunter2"))
try:
    s3.head_object(Bucket="b", Key="k")
except Exception:
    pass
try:
    httpx.get("http://127.0.0.1:1", headers={"Authorization": "Bearer hunter2"})
except httpx.HTTPError:
    pass
logging.getLogger("activities.archive").debug("ours")
logging.getLogger("one.that.comes.later").info("information")
"""


def test_at_debug_level_libraries_still_write_no_inputs_and_no_headers() -> None:
    done = subprocess.run([sys.executable, "-c", DEBUGGING], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    ours = {line["logger"].partition(".")[0] for line in lines if line["level"] == "debug"}
    assert ours <= TOP_LEVEL.keys() | {"__main__"}  # `python -m worker` logs as __main__
    assert [line["event"] for line in lines if line["event"] in ("ours", "information")] == ["ours", "information"]
    assert "AKIAEXAMPLE" not in done.stderr
    assert "hunter2" not in done.stderr


def test_a_higher_level_holds_for_all() -> None:
    program = PROGRAM.replace('"INFO"', '"ERROR"')
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stderr == ""
