"""Parameters that several routes share: keys, months, paging and search text."""

import re
from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
)

from models.values.base_models import Strict
from models.values.period import Period


def _key(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", text):
        raise ValueError("must look like APP-001: letters, digits, dots, hyphens and underscores")
    return text


Key = Annotated[str, StringConstraints(min_length=1, max_length=50), AfterValidator(_key)]


def month(text: str) -> str:
    Period.parse(text)
    return text


class Paging(Strict):
    page: int = Field(default=1, ge=1, le=1_000_000)
    per_page: int = Field(default=20, ge=1, le=100)

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page


Search = Annotated[str, StringConstraints(min_length=1, max_length=100)]
