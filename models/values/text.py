"""Types of text fields that several domains share."""

from typing import Annotated

from pydantic import BeforeValidator


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


# A text that may be missing; a blank one counts as missing.
OptionalText = Annotated[str | None, BeforeValidator(_none_if_blank)]
