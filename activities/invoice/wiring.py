"""The activities of the invoices' read model."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.invoice.claims import WorklogClaims
from activities.invoice.named_invoice import InvoiceRecord
from activities.invoice.projection import InvoiceProjection


def activities(engine: AsyncEngine) -> list[Callable[..., Any]]:
    """Return the activities of this domain."""
    return [InvoiceProjection(engine).project, InvoiceRecord(engine).read, WorklogClaims(engine).claim]
