"""The state of a sandbox in a SQLite file: requests, records, queued faults and the clock.

Every change is in the file before the answer is sent, so SIGKILL loses no acknowledged change.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from activities.clients import decimal_json
from local.sandboxes.faults import Fault

Record = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    n INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT, method TEXT, path TEXT, query TEXT,
    digest TEXT, body TEXT, status INTEGER, fault TEXT);
CREATE TABLE IF NOT EXISTS records (kind TEXT, id TEXT, record TEXT, PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS faults (n INTEGER PRIMARY KEY AUTOINCREMENT, fault TEXT);
CREATE TABLE IF NOT EXISTS numbers (kind TEXT PRIMARY KEY, last INTEGER);
"""


class SandboxState:
    """The state of one sandbox. Records are also kept in memory for fast searches; the file is authoritative."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)
        self._records: dict[str, dict[str, Record]] = {}
        self.reset_count = 0  # a late answer to a request from before a reset must not change the state after it
        self._load()

    def _load(self) -> None:
        self._records.clear()
        for kind, key, record in self._db.execute("SELECT kind, id, record FROM records ORDER BY rowid"):
            self._records.setdefault(kind, {})[key] = decimal_json.loads(record)

    def close(self) -> None:
        self._db.close()

    def reset(self) -> None:
        with self.transaction():
            for table in ("requests", "records", "faults"):
                self._db.execute(f"DELETE FROM {table}")
            self._db.execute("DELETE FROM sqlite_sequence")
        self._records.clear()
        self.reset_count += 1

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            self._load()
            raise
        self._db.execute("COMMIT")

    # Records

    def put(self, kind: str, key: str | int, record: Record) -> Record:
        self._db.execute(
            "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET record = excluded.record",
            (kind, str(key), decimal_json.dumps(record)),
        )
        self._records.setdefault(kind, {})[str(key)] = record
        return record

    def get(self, kind: str, key: str | int) -> Record | None:
        return self._records.get(kind, {}).get(str(key))

    def all(self, kind: str) -> list[Record]:
        return list(self._records.get(kind, {}).values())

    def count(self, kind: str) -> int:
        return len(self._records.get(kind, {}))

    def next_number(self, kind: str, count: int = 1) -> int:
        """Return the first of `count` new numbers. No number is given twice, not even after a reset.

        A vendor never gives an id twice, and a database may outlive the reset of a sandbox.
        """
        row = self._db.execute(
            "INSERT INTO numbers VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET last = last + excluded.last"
            " RETURNING last",
            (kind, count),
        ).fetchone()
        return int(row[0]) - count + 1

    # The clock, which a test may advance

    def now(self) -> datetime:
        ahead = self.get("clock", "ahead") or {"seconds": 0}
        return datetime.now(UTC) + timedelta(seconds=ahead["seconds"])

    def advance(self, seconds: int) -> None:
        ahead = self.get("clock", "ahead") or {"seconds": 0}
        self.put("clock", "ahead", {"seconds": ahead["seconds"] + seconds})

    # Requests

    def record_request(self, method: str, path: str, query: str, body: bytes, fault: Fault | None) -> int:
        row = self._db.execute(
            "INSERT INTO requests (at, method, path, query, digest, body, fault)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING n",
            (
                self.now().isoformat(),
                method,
                path,
                query,
                hashlib.sha256(body).hexdigest() if body else None,
                body.decode(errors="replace") if body else None,
                fault.kind if fault else None,
            ),
        ).fetchone()
        return int(row[0])

    def record_status(self, n: int, status: int) -> None:
        self._db.execute("UPDATE requests SET status = ? WHERE n = ?", (status, n))

    def count_requests(self) -> int:
        # The numbers have no gaps, and the last one is found without reading the table.
        return int(self._db.execute("SELECT coalesce(max(n), 0) FROM requests").fetchone()[0])

    def count_requests_since(self, moment: datetime) -> int:
        """Return how many requests came after the moment and were not refused with 429."""
        query = "SELECT count(*) FROM requests WHERE at > ? AND coalesce(status, 0) <> 429"
        return int(self._db.execute(query, (moment.isoformat(),)).fetchone()[0])

    def requests(self) -> list[Record]:
        rows = self._rows("SELECT * FROM requests ORDER BY n")
        for row in rows:
            row["json"] = _json(row["body"])
        return rows

    def newest_requests(self, count: int, longest_body: int) -> list[Record]:
        """Return the last requests, the newest first, each with the beginning of its body and the body's `size`."""
        return self._rows(
            "SELECT n, at, method, path, query, substr(body, 1, ?) AS body, length(body) AS size, status, fault"
            " FROM requests ORDER BY n DESC LIMIT ?",
            longest_body,
            count,
        )

    def _rows(self, query: str, *parameters: int) -> list[Record]:
        cursor = self._db.execute(query, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    # Faults

    def queue_fault(self, fault: Fault) -> None:
        self._db.execute("INSERT INTO faults (fault) VALUES (?)", (fault.model_dump_json(),))

    def faults(self) -> list[Fault]:
        rows = self._db.execute("SELECT fault FROM faults ORDER BY n")
        return [Fault.model_validate_json(row[0]) for row in rows]

    def clear_faults(self) -> None:
        self._db.execute("DELETE FROM faults")

    def take_fault(self, method: str, path: str) -> Fault | None:
        """Return the first queued fault that matches, and use up one occurrence of it; None if no fault matches."""
        for n, text in self._db.execute("SELECT n, fault FROM faults ORDER BY n").fetchall():
            fault = Fault.model_validate_json(text)
            if not fault.match.matches(method, path):
                continue
            if fault.times > 1:
                rest = fault.model_copy(update={"times": fault.times - 1})
                self._db.execute("UPDATE faults SET fault = ? WHERE n = ?", (rest.model_dump_json(), n))
            else:
                self._db.execute("DELETE FROM faults WHERE n = ?", (n,))
            return fault
        return None


def _json(body: str | None) -> Any:
    """Return the body as JSON; None if it is empty or not JSON."""
    try:
        return decimal_json.loads(body) if body else None
    except ValueError:
        return None
