"""A vendor's file made ready for the query: unpacked, in UTF-8, with one header, every record as long as the header."""

import csv
import gzip
import io
import itertools
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from models.bills.file_content import UnreadableFile
from models.bills.formats.cost_table import is_footer, preamble_facts
from models.bills.formats.detection import detected, layout_of
from models.bills.formats.digitalocean import DIGITALOCEAN
from models.bills.formats.digitalocean_items import COLUMNS, item_rows, items_facts
from models.bills.formats.facts import FileFacts
from models.bills.formats.google import COST_TABLE
from models.bills.formats.layout import Layout, columns_by_name
from models.bills.problem import Problem

CHUNK = 1 << 20
MOST_UNPACKED = 64 << 30
MOST_JSON = 64 << 20
HEAD = 256 << 10
MOST_PREAMBLE = 40
DELIMITERS = (",", ";", "\t", "|")
OTHER_ENCODING = "cp1252"
LONGEST_FIELD = 2 << 20
_OTHERS = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive. Save the sheet as CSV, or take the file out of the archive"),
    (b"%PDF", "a PDF. Its lines are in the CSV that the provider offers beside it"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook. Save the sheet as CSV"),
)


@dataclass(frozen=True)
class SourceFile:
    """A file that the query can read. `refused` are the numbers of records that it holds only as empty ones."""

    path: Path
    layout: Layout
    header: tuple[str, ...]
    delimiter: str | None  # None: Parquet
    encoding: str = "utf-8"
    header_line: int = 0  # how many records stand before the header
    facts: FileFacts = field(default_factory=FileFacts)
    problems: tuple[Problem, ...] = ()
    refused: frozenset[int] = frozenset()
    is_rewritten: bool = False
    had_semicolons: bool = False

    @property
    def is_parquet(self) -> bool:
        return self.delimiter is None


def opened(path: Path, folder: Path, parquet_header: Callable[[Path], tuple[str, ...]]) -> SourceFile:
    """Return the file with its format. What has to be changed is written into the folder.

    Raises UnreadableFile for a file that is no bill.
    """
    path = _with_plain_name(path, folder)
    start = _start(path)
    if start.startswith(b"\x1f\x8b"):
        path = _unpacked(path, folder / "unpacked")
        start = _start(path)
    for magic, what in _OTHERS:
        if start.startswith(magic):
            raise UnreadableFile(f"The file is {what}.")
    if start.startswith(b"PAR1"):
        header = parquet_header(path)
        return SourceFile(path, detected(header), header, delimiter=None)
    if not start.strip():
        raise UnreadableFile("The file is empty. Export it again.")
    encoding = _encoding(start)
    if _text(start, encoding).lstrip("\ufeff").lstrip()[:1] in {"{", "["}:
        return _items(path, folder / "items.csv", encoding)
    found = _with_header(path, encoding)
    needs_rewriting = encoding != "utf-8" or found.header_line or found.layout is COST_TABLE
    return rewritten(found, folder / "rewritten.csv") if needs_rewriting else found


def rewritten(source: SourceFile, target: Path) -> SourceFile:
    """Return the file as a plain one in UTF-8, record by record, with a problem for each that is too long or short.

    A record that lacks its last field gets an empty one; a record with another length is left empty, because nobody
    knows which of its fields has moved. A text that is not UTF-8 is read as Windows-1252.
    """
    try:
        return _rewritten(source, target)
    except UnicodeDecodeError:
        return _rewritten(replace(source, encoding=OTHER_ENCODING), target)
    except csv.Error as error:
        raise UnreadableFile(f"The file cannot be read as CSV: {error}. Export it again.") from error


def _rewritten(source: SourceFile, target: Path) -> SourceFile:
    width = len(source.header)
    problems: list[Problem] = []
    refused: set[int] = set()
    with _reading(source) as read, target.open("w", encoding="utf-8", newline="") as written:
        records = iter(csv.reader(read, delimiter=source.delimiter or ","))
        preamble = list(itertools.islice(records, source.header_line))
        next(records, None)
        writer = csv.writer(written)
        writer.writerow(source.header)
        for number, record in enumerate(_cost_records(source, records), start=1):
            if len(record) not in (width, width - 1):
                problems.append(_wrong_length(number, len(record), width))
                refused.add(number)
                record = []
            writer.writerow([*record, *[""] * (width - len(record))])
    facts = preamble_facts(preamble, source.header) if source.layout is COST_TABLE else source.facts
    return replace(
        source,
        path=target,
        delimiter=",",
        encoding="utf-8",
        header_line=0,
        facts=facts,
        problems=tuple(problems),
        refused=frozenset(refused),
        is_rewritten=True,
    )


def _cost_records(source: SourceFile, records: Iterator[list[str]]) -> Iterator[list[str]]:
    """Yield the records without blank ones and, in a cost table, without the totals under it."""
    places = columns_by_name(source.header)
    amounts = [places[name] for name in ("cost", "unroundedcost") if name in places]
    for record in records:
        is_total = source.layout is COST_TABLE and is_footer(record, places["costtype"], amounts)
        if record and not is_total:
            yield record


def _wrong_length(number: int, found: int, width: int) -> Problem:
    message = f"The record has {found} fields, but the header has {width}. Correct the file, or export it again."
    return Problem(code="record_length", message=message, row=number, value=str(found), contradicts_total=True)


def _with_header(path: Path, encoding: str) -> SourceFile:
    """Return the file with the first record that is the header of a known format, whatever its delimiter."""
    with path.open("rb") as file:
        head = _text(file.read(HEAD), encoding)
    first: Sequence[str] = ()
    for delimiter in DELIMITERS:
        for line, record in enumerate(_head_records(head, delimiter)):
            layout = layout_of(record)
            if layout is not None:
                return SourceFile(
                    path, layout, tuple(record), delimiter, encoding, line, had_semicolons=delimiter == ";"
                )
            if len(record) > len(first):
                first = record
    raise UnreadableFile(str(_unknown(first)))


def _unknown(header: Sequence[str]) -> UnreadableFile:
    try:
        detected(header)
    except UnreadableFile as error:
        return error
    raise AssertionError("a known header was not found before")


def _head_records(head: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_FIELD)
    try:
        for number, record in enumerate(
            csv.reader(io.StringIO(head.lstrip("\ufeff"), newline=""), delimiter=delimiter)
        ):
            if number > MOST_PREAMBLE:
                return
            yield record
    except csv.Error:
        return


def _items(path: Path, target: Path, encoding: str) -> SourceFile:
    """Return the answers of DigitalOcean's API as a CSV."""
    if path.stat().st_size > MOST_JSON:
        raise UnreadableFile(f"A JSON file may have {MOST_JSON >> 20} MiB at most. Upload the CSV of the invoice.")
    try:
        content = json.loads(path.read_bytes().decode(encoding).lstrip("\ufeff"), parse_float=str)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"The file begins like JSON, but cannot be read as JSON: {error}.") from error
    answers: list[Mapping[str, Any]] = content if isinstance(content, list) else [content]
    if not all(isinstance(answer, Mapping) for answer in answers):
        raise UnreadableFile("The JSON must be an answer of DigitalOcean's API, or a list of its answers.")
    rows = item_rows(answers)
    try:
        facts = items_facts(answers, rows)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableFile(f"The summary of the invoice cannot be read: {error}. Fetch it again.") from error
    with target.open("w", encoding="utf-8", newline="") as written:
        csv.writer(written).writerows([COLUMNS, *rows])
    return SourceFile(target, DIGITALOCEAN, COLUMNS, ",", facts=facts, is_rewritten=True)


def _with_plain_name(path: Path, folder: Path) -> Path:
    """Return a path that the query reads as one file: in a name such as `bill[1].csv` it would see a pattern."""
    if not set("*?[") & set(path.name):
        return path
    link = folder / "source"
    link.symlink_to(path.resolve())
    return link


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(CHUNK // 16)


def _unpacked(path: Path, target: Path) -> Path:
    size = 0
    try:
        with gzip.open(path) as packed, target.open("wb") as written:
            while chunk := packed.read(CHUNK):
                size += len(chunk)
                if size > MOST_UNPACKED:
                    raise UnreadableFile(f"The packed file holds more than {MOST_UNPACKED >> 30} GiB. Split it.")
                written.write(chunk)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFile(f"The packed file is damaged: {error}. Fetch it again.") from error
    return target


def _encoding(start: bytes) -> str:
    """Return UTF-16 if a mark or the zero bytes show it, else UTF-8."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if start[1:2] == b"\x00" and start[0:1] != b"\x00":
        return "utf-16-le"
    return "utf-16-be" if start[0:1] == b"\x00" and start[1:2] != b"\x00" else "utf-8"


def _text(part: bytes, encoding: str) -> str:
    """Return the text of the beginning of a file, whose last character may be cut off."""
    return part.decode(encoding, errors="replace")


def _reading(source: SourceFile) -> IO[str]:
    encoding = "utf-8-sig" if source.encoding == "utf-8" else source.encoding
    return source.path.open(encoding=encoding, errors="strict", newline="")
