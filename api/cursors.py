"""Cursors: the position after the last row of a page, in one opaque text, for the lists that have one order."""

import base64
import hashlib
from typing import Self

from pydantic import BaseModel, ValidationError

from api.errors import Invalid
from models.values.base_models import Frozen

FOREIGN_CURSOR = "is not from this list; read the first page without a cursor"


def fingerprint(filters: BaseModel) -> str:
    """Return what tells the list of these filters from another one; the page itself does not count."""
    text = filters.model_dump_json(exclude={"cursor", "per_page"})
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class ListPosition(Frozen):
    """The last row of a page; `of` is the fingerprint of the list. Subclasses add the values of the row."""

    of: str

    @classmethod
    def read(cls, cursor: str | None, of: str) -> Self | None:
        """Return the position of the cursor; None without one. Raise Invalid when it is not from this list."""
        if cursor is None:
            return None
        try:
            text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            found = cls.model_validate_json(text)
        except (ValidationError, ValueError) as error:
            raise Invalid.at("cursor", FOREIGN_CURSOR) from error
        # PostgreSQL accepts no NUL character.
        if found.of != of or rb"\u0000" in text:
            raise Invalid.at("cursor", FOREIGN_CURSOR)
        return found

    @property
    def cursor(self) -> str:
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")
