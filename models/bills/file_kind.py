"""What kind of file a bill may be, by its first bytes. The name has no say; the reader decides on the format."""

from enum import StrEnum
from typing import Final

LOOKED_AT: Final = 4096


class FileKind(StrEnum):
    TEXT = "text"
    PARQUET = "Parquet"
    GZIP = "gzip"


_KNOWN: Final = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
)
_BYTE_ORDER_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


def kind_of(first: bytes) -> FileKind | None:
    """Return the kind of the file; None if it is neither text nor Parquet nor gzip."""
    if first.startswith(b"PAR1"):
        return FileKind.PARQUET
    if first.startswith(b"\x1f\x8b"):
        return FileKind.GZIP
    if any(first.startswith(start) for start, _ in _KNOWN):
        return None
    # Text in UTF-16 has a zero in every second byte, with or without a mark at its beginning.
    wide = first.startswith(_BYTE_ORDER_MARKS) or not any(first[1::2]) or not any(first[0::2])
    return FileKind.TEXT if wide or b"\x00" not in first else None


def refusal_of(first: bytes) -> str | None:
    """Return why a file with these first bytes is no bill; None if it may be one."""
    if not first:
        return "the file is empty"
    if kind_of(first) is not None:
        return None
    found = next((name for start, name in _KNOWN if first.startswith(start)), "binary data of another kind")
    return f"this is {found}; a bill is a CSV, JSON or Parquet file as the provider exports it, also in gzip"
