"""The name of the constraint that PostgreSQL reports as violated."""

from sqlalchemy.exc import IntegrityError


def constraint(error: IntegrityError) -> str | None:
    """The name of the constraint that was violated, as PostgreSQL tells it."""
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    return name if isinstance(name, str) else None
