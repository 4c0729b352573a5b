"""Reads a vendor's file: finds its format, writes its normalised lines, and returns its bills with exact sums.

See docs/specification/bills.md 4.10 and docs/decisions/0029-duckdb-reads-the-files-of-vendors.md.
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from activities.bills import parquet_table
from activities.bills.bill_groups import BillGroups, GatheredBill
from activities.bills.bill_sums import add_up
from activities.bills.found_problems import FoundProblems
from activities.bills.lines.line_batches import LineBatches
from activities.bills.lines.line_columns import COPIED_COLUMNS
from activities.bills.lines.line_copy import copy_rows
from activities.bills.lines.line_writer import LineWriter
from activities.bills.normalising_query import Query
from activities.bills.source_file import SourceFile, opened, rewritten
from activities.bills.tax_line import with_tax_line
from models.bills.file_content import FileContent, FileHints, UnreadableFile
from models.bills.formats.amounts import DecimalMark, marked_by
from models.bills.formats.heads import ReadBill, heads_of
from models.bills.problem import Problem
from models.bills.totals import without_zeros

__all__ = ["COPIED_COLUMNS", "ReaderLimits", "copy_rows", "read_bill_file"]

BATCH_ROWS = 16_384
BUFFER_MIB = 8  # that the query is ahead of its reader
LONGEST_LINE = 1_000_000
CSV_BUFFER = 8 * LONGEST_LINE
SAMPLE = 2_000
LONGEST_NAME = 200
MOST_COLUMNS = 5_000
LONGEST_ERROR = 300
QUERY_ERRORS = (duckdb.Error, pa.ArrowException, OSError)
FILE_ERRORS = (duckdb.InvalidInputException, duckdb.ConversionException)
Progress = Callable[[int], None]


@dataclass(frozen=True)
class ReaderLimits:
    """What the query over a file may use, beside the memory of the process itself."""

    memory_mib: int = 128
    threads: int = 2


def read_bill_file(
    path: Path, hints: FileHints, lines_path: Path, progress: Progress, limits: ReaderLimits | None = None
) -> FileContent:
    """Return the bills of the file, and write their lines to `lines_path` as Parquet, in the order of the file.

    `progress` is called with the number of rows that are read. Raises UnreadableFile for a file that is no bill.
    """
    limits = limits or ReaderLimits()
    lines_path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=lines_path.parent, prefix=".bill-") as name:
        folder = Path(name)
        source = opened(path, folder, parquet_table.header)
        try:
            return _read(source, hints, lines_path, progress, limits, folder)
        except QUERY_ERRORS as error:
            if not _is_about_the_file(error) or source.is_rewritten or source.is_parquet:
                raise _as_unreadable(error) from error
        # Some record is not as long as the header, or the text is in another encoding: read record by record.
        try:
            return _read(rewritten(source, folder / "rewritten.csv"), hints, lines_path, progress, limits, folder)
        except QUERY_ERRORS as error:
            raise _as_unreadable(error) from error


def _read(
    source: SourceFile, hints: FileHints, lines_path: Path, progress: Progress, limits: ReaderLimits, folder: Path
) -> FileContent:
    problems = FoundProblems()
    problems.extend(source.problems)
    groups = BillGroups(source.layout, hints, source.facts)
    with duckdb.connect() as connection:
        _limit(connection, limits, folder, is_parquet=source.is_parquet)
        table = parquet_table.columns_of(connection, source) if source.is_parquet else _csv_table(source)
        mark = _mark(connection, source, table)
        query = Query(source, mark)
        batches = LineBatches(source, mark, query.columns, groups, problems)
        rows = 0
        with LineWriter(lines_path) as writer:
            for batch in _batches(connection, query.sql(table)):
                lines = batches.lines(batch, rows)
                writer.write(lines.lines)
                add_up(lines, groups.bills)
                rows += batch.num_rows
                progress(rows)
    if not any(bill.line_count for bill in groups.bills):
        raise UnreadableFile(_no_bill(rows, groups, problems))
    groups.lost.extend(source.problems)
    bills = [_read_bill(bill, groups.lost.kept()) for bill in groups.bills]
    heads = heads_of(bills, hints, source.facts)
    heads = with_tax_line(heads, hints, lines_path, rows)
    problems.extend(problem for head in heads for problem in head.problems if problem.row is None)
    return FileContent(
        format=source.layout.format,
        rows=rows,
        header=tuple(name[:LONGEST_NAME] for name in source.header[:MOST_COLUMNS]),
        problems=problems.kept(),
        problem_count=problems.count,
        bills=tuple(heads),
    )


def _batches(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[pa.RecordBatch]:
    """Yield batches of at least `BATCH_ROWS` rows, except the last; those of the query may be much smaller."""
    gathered: list[pa.RecordBatch] = []
    for batch in connection.sql(sql).to_arrow_reader(BATCH_ROWS):
        gathered.append(batch)
        if sum(each.num_rows for each in gathered) >= BATCH_ROWS:
            yield pa.concat_batches(gathered)
            gathered = []
    if gathered:
        yield pa.concat_batches(gathered)


def _limit(connection: duckdb.DuckDBPyConnection, limits: ReaderLimits, folder: Path, *, is_parquet: bool) -> None:
    """Let the query use the memory and threads of the limits, and no file but those of the reading."""
    connection.execute(f"SET memory_limit = '{limits.memory_mib}MiB'")
    connection.execute(f"SET threads = {1 if is_parquet else limits.threads}")  # each holds a row group of Parquet
    connection.execute(f"SET temp_directory = '{_quoted(folder / 'spill')}'")
    connection.execute(f"SET streaming_buffer_size = '{BUFFER_MIB}MiB'")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")


def _csv_table(source: SourceFile) -> str:
    """Return the CSV as a table with the columns c0, c1, ...: the names of a file never reach a statement."""
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(source.header)))
    return (
        f"read_csv('{_quoted(source.path)}', columns = {{{columns}}}, header = true, auto_detect = false, "
        f"buffer_size = {CSV_BUFFER}, max_line_size = {LONGEST_LINE}, "
        f"delim = '{source.delimiter}', quote = '\"', escape = '\"', null_padding = false, "
        f"strict_mode = true, parallel = {not source.is_rewritten})"
    )


def _mark(connection: duckdb.DuckDBPyConnection, source: SourceFile, table: str) -> DecimalMark:
    """Return the decimal mark of the file, which the first costs show.

    Where only commas occur, as in `1,234`, they separate thousands; between semicolons they may be decimal marks as
    well, so that such a file is refused.
    """
    if source.is_parquet or source.layout.mark_by_day:
        return DecimalMark.POINT
    cost = Query(source, DecimalMark.COMMA).cost_text
    sample = f"SELECT {cost} AS cost FROM {table} LIMIT {SAMPLE}"  # noqa: S608 - numbered columns, our own path
    found = connection.execute(f"SELECT cost FROM ({sample}) WHERE regexp_matches(cost, '[.,]')")  # noqa: S608
    texts = [text for (text,) in found.fetchall()]
    mark = marked_by(texts)
    unclear = next((text for text in texts if "," in text), None)
    if mark is None and unclear is not None and source.had_semicolons:
        raise UnreadableFile(
            f"The cost {unclear[:40]!r} may have a decimal comma or a separator of thousands, and no other cost shows "
            "which. Export the file with a decimal point."
        )
    return mark or DecimalMark.POINT


def _read_bill(bill: GatheredBill, lost: tuple[Problem, ...]) -> ReadBill:
    return ReadBill(
        rows=tuple(bill.identities),
        line_count=bill.line_count,
        net=without_zeros(bill.net),
        tax=without_zeros(bill.tax),
        line_minor_sum=bill.line_minor_sum,
        starts_at=bill.starts_at,
        ends_at=bill.ends_at,
        problems=(*bill.problems.kept(), *lost),
    )


def _no_bill(rows: int, groups: BillGroups, problems: FoundProblems) -> str:
    """Return why no row of the file belongs to a bill: what all of them lack, or the first problem."""
    if not rows:
        return "The file has a header and no row. Export it again."
    refusal = groups.first_refusal
    if refusal is not None:
        shown = f" ({refusal.value!r})" if refusal.value else ""
        return f"{refusal.field}{shown}: {refusal}."
    first = problems.kept()[0]
    return f"No row of the file can be used. In row {first.row}, {first.message}"


def _is_about_the_file(error: Exception) -> bool:
    """Return whether the content of the file caused the error, and not the machine. Arrow passes on the text only."""
    return isinstance(error, FILE_ERRORS) or str(error).startswith(("Invalid Input Error", "Conversion Error"))


def _as_unreadable(error: Exception) -> Exception:
    """Return the error as one of the file if it is one, else the error itself."""
    if not _is_about_the_file(error):
        return error
    return UnreadableFile(f"The file cannot be read: {str(error).splitlines()[0][:LONGEST_ERROR]}")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
