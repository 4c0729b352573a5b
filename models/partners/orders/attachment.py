"""Attachments: who owns one, which files are accepted, and the names that they may have.

See docs/specification/orders.md 3.8.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

from models.values.base_models import Frozen
from models.values.text import unprintable_character

PREFIX: Final = "attachments/"
"""Of the keys in the object store."""
LONGEST_NAME: Final = 200
MOST_OF_AN_OWNER: Final = 200
# The types that are accepted, by content, and the endings that their names may have.
ENDINGS: Final = {
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/png": (".png",),
    "application/pdf": (".pdf",),
}


class Owner(StrEnum):
    """What an attachment belongs to. Whoever may read the owner may read it."""

    ORDER = "order"
    INVOICE = "invoice"


class Attachment(Frozen):
    """A stored file. `id` begins with its owner, so that the same file of two owners is two attachments."""

    id: str
    owner_kind: Owner
    owner_key: str
    name: str
    media_type: str
    size: int
    sha256: str
    object_key: str
    uploaded_by: str
    uploaded_at: datetime


class AttachmentRefused(ValueError):
    """A file that is not accepted; the message says why."""


def checked_name(name: str) -> str:
    """Return the name of a file. Raises AttachmentRefused for a path, and for a name that cannot be shown."""
    plain = name.strip()
    if not plain:
        raise AttachmentRefused("the file has no name")
    if len(plain) > LONGEST_NAME:
        raise AttachmentRefused(f"the name of the file may have at most {LONGEST_NAME} characters")
    if "/" in plain or "\\" in plain or plain in (".", ".."):
        raise AttachmentRefused("the name of the file must be a name without folders")
    if code := unprintable_character(plain):
        raise AttachmentRefused(f"the name of the file holds an invisible control character, {code}; rename it")
    return plain


def checked_type(name: str, media_type: str | None) -> str:
    """Return the type of a file that is accepted. Raises AttachmentRefused; `media_type` is the type of its content."""
    accepted = "a JPEG or PNG picture, or a PDF"
    if media_type not in ENDINGS:
        found = f"its content is {media_type}" if media_type else "its content is of no known type"
        raise AttachmentRefused(f"the file must be {accepted}; {found}, whatever its name says")
    if not name.casefold().endswith(ENDINGS[media_type]):
        expected = " or ".join(ENDINGS[media_type])
        raise AttachmentRefused(f"the content is {media_type}, but the name {name} does not end with {expected}")
    return media_type
