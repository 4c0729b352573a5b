"""Parquet as a table of texts, as a CSV would have them: doubles by their shortest text, maps as JSON."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from activities.bills.source_file import SourceFile
from models.bills.file_content import UnreadableFile

_NESTED = ("MAP", "STRUCT", "LIST", "UNION")


def header(path: Path) -> tuple[str, ...]:
    """Return the names of the columns. Raises UnreadableFile if the file is no whole Parquet file."""
    try:
        return tuple(pq.read_schema(path).names)
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableFile(f"The Parquet file is damaged: {str(error)[:200]}. Export it again.") from error


def columns_of(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> str:
    """Return the file as a table with the columns c0, c1, ..., all of them texts. Times are in UTC."""
    table = f"read_parquet('{str(source.path).replace(chr(39), chr(39) * 2)}', hive_partitioning = false)"
    described = connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()  # noqa: S608
    texts = [f"{_text(name, kind)} AS c{place}" for place, (name, kind, *_) in enumerate(described)]
    return f"(SELECT {', '.join(texts)} FROM {table})"  # noqa: S608


def _text(name: str, kind: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if kind == "VARCHAR":
        return column
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"make_timestamp(epoch_us({column}))::VARCHAR"
    if kind.startswith(_NESTED) or kind.endswith("]"):
        return f"to_json({column})::VARCHAR"
    return f"{column}::VARCHAR"
