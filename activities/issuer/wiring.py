"""The activities of invoice numbers."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.issuer.numbering import Numbering


def activities(engine: AsyncEngine) -> list[Callable[..., Any]]:
    """Return the activities of this domain."""
    return [Numbering(engine).take_number]
