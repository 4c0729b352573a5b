"""The rows beside one in a list: what each route `/…/neighbours` answers."""

from collections.abc import Sequence

from pydantic import BaseModel, Field


class Neighbours(BaseModel):
    """The ids of the two neighbours; null at the ends of the list."""

    previous: str | None
    next: str | None = Field(description="the row itself need not match the filters any more")

    @classmethod
    def of(cls, found: Sequence[str | None]) -> "Neighbours":
        """Return the neighbours of the ids before and after."""
        before, after = found
        return cls(previous=before, next=after)
