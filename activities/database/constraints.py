"""The name of the constraint that PostgreSQL reports as violated."""

from sqlalchemy.exc import IntegrityError


def constraint(error: IntegrityError) -> str | None:
    """Return the name of the violated constraint; None if PostgreSQL did not report one."""
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    return name if isinstance(name, str) else None
