"""One import of a bill's file in a process of its own, so that its memory is measured alone.

`python -m benchmarks.bill_import FILE LINES DATABASE_URL` prints the figures as JSON; `- FILE` measures the floor.
"""

import json
import resource
import sys
import time
from pathlib import Path
from uuid import uuid4

import duckdb
import psycopg

import worker  # loads what a worker's process holds
from activities.bills.file_reader import COPIED_COLUMNS, ReaderLimits, copy_rows, read_bill_file
from activities.database.database_url import psycopg_url
from models.bills.file_content import FileHints

KIB_IN_MIB = 1024


def imported(path: Path, lines_path: Path, database_url: str) -> dict[str, float]:
    """Read the file and write its lines to PostgreSQL, each bill in one transaction; return the figures.

    In between the texts for PostgreSQL are made once without it, which counts in `text_seconds` only.
    """
    assert worker.__name__
    started_at = time.perf_counter()
    content = read_bill_file(path, FileHints(), lines_path, lambda _: None, ReaderLimits())
    read_at = time.perf_counter()
    for number, _ in enumerate(content.bills):
        for _ in copy_rows(lines_path, number, str(uuid4()), 1):
            pass
    texts_at = time.perf_counter()
    url = psycopg_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    statement = f"COPY vendor_bill_lines ({', '.join(COPIED_COLUMNS)}) FROM STDIN (FORMAT csv)"
    with psycopg.connect(url) as connection:
        for number, _ in enumerate(content.bills):
            with connection.transaction(), connection.cursor() as cursor, cursor.copy(statement) as copy:
                for part in copy_rows(lines_path, number, str(uuid4()), 1):
                    copy.write(part)
    return {
        "rows": content.rows,
        "read_seconds": read_at - started_at,
        "text_seconds": texts_at - started_at,
        "seconds": time.perf_counter() - texts_at + read_at - started_at,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_IN_MIB,
    }


def floor(path: Path) -> dict[str, float]:
    """Return how long DuckDB takes to sum the billed cost of the file."""
    started_at = time.perf_counter()
    statement = f"SELECT sum(BilledCost) FROM '{path}'"  # noqa: S608 - a file that the benchmark wrote
    duckdb.connect().execute(statement).fetchall()
    return {"seconds": time.perf_counter() - started_at}


if __name__ == "__main__":
    if sys.argv[1] == "-":
        figures = floor(Path(sys.argv[2]))
    else:
        figures = imported(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    sys.stdout.write(json.dumps(figures))
