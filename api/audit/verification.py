"""Checks the hash chains of all invoices, a part for each request, so that a caller sees how far the check is.

The cursor holds what was found so far. It is signed: a result can come only from a check that was made.
"""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

import jwt
from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from api.audit.schemas import BrokenChain, Verification
from api.cursors import FOREIGN_CURSOR
from api.errors import Invalid
from models.audit.hash_chain import reason_broken
from models.invoice.tables import InvoiceEvent, InvoiceRow, RegistryCount
from models.values.base_models import Frozen

CHAINS_A_REQUEST: Final = 500
SHOWN_BREAKS: Final = 10
COMMAND: Final = "aktum audit verify"
_ALGORITHM: Final = "HS256"
_PURPOSE: Final = "audit verification"

INVOICES = InvoiceRow.metadata.tables["invoices"]
EVENTS = InvoiceEvent.metadata.tables["invoice_events"]
COUNTS = RegistryCount.metadata.tables["registry_counts"]


class Progress(Frozen):
    """How far a check is: the last invoice, and what was found up to it."""

    after: str = ""
    chains: int = 0
    events: int = 0
    broken: int = 0
    breaks: tuple[BrokenChain, ...] = ()

    def cursor(self, secret: str) -> str:
        return jwt.encode({**self.model_dump(mode="json"), "aud": _PURPOSE}, secret, algorithm=_ALGORITHM)

    @classmethod
    def read(cls, cursor: str | None, secret: str) -> "Progress":
        """Return the progress of the cursor, and no progress without one. Raise Invalid when it is not from here."""
        if cursor is None:
            return cls()
        try:
            claims = jwt.decode(cursor, secret, algorithms=[_ALGORITHM], audience=_PURPOSE)
            return cls.model_validate({name: value for name, value in claims.items() if name != "aud"})
        except (jwt.InvalidTokenError, ValidationError, UnicodeError) as error:
            raise Invalid.at("cursor", FOREIGN_CURSOR) from error


class Verifications:
    """The check of the chains; `chains` is how many of them one request checks."""

    def __init__(self, engine: AsyncEngine, secret: str, chains: int = CHAINS_A_REQUEST) -> None:
        self._engine = engine
        self._secret = secret
        self._chains = chains

    async def next(self, cursor: str | None) -> Verification:
        """Check the next part of the chains and return what was found so far."""
        before = Progress.read(cursor, self._secret)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(self._query(before.after))).mappings().all()
            invoices = int(await connection.scalar(select(func.coalesce(func.sum(COUNTS.c.invoices), 0))) or 0)
        now = await asyncio.to_thread(_checked, before, rows)
        is_last = now.chains - before.chains < self._chains
        return Verification(
            **now.model_dump(include={"chains", "events", "broken"}),
            first_breaks=list(now.breaks),
            invoices=invoices,
            next_cursor=None if is_last else now.cursor(self._secret),
            command=COMMAND,
        )

    def _query(self, after: str) -> Any:
        """Return the query for the next invoices with their events. One statement sees one moment."""
        c = INVOICES.c
        chain = c.state["chain"].astext.label("chain")
        invoices = select(c.id, c.number, c.workflow_id, c.revision, chain).where(c.id > after)
        some = invoices.order_by(c.id).limit(self._chains).cte("some").prefix_with("MATERIALIZED")
        events = select(some, EVENTS.c.event).join_from(some, EVENTS, EVENTS.c.invoice_id == some.c.id, isouter=True)
        return events.order_by(some.c.id, EVENTS.c.seq)


def _checked(before: Progress, rows: Sequence[Any]) -> Progress:
    chains, events, broken, breaks, last = before.chains, before.events, before.broken, before.breaks, before.after
    for last, of_invoice in groupby(rows, key=lambda row: str(row["id"])):
        found = list(of_invoice)
        stored = [row["event"] for row in found if row["event"] is not None]
        chains, events = chains + 1, events + len(stored)
        if reason := reason_broken(stored, found[0]["revision"], found[0]["chain"]):
            broken += 1
            name = found[0]["number"] or found[0]["workflow_id"]
            breaks = (*breaks, BrokenChain(invoice_id=last, name=name, reason=reason))[:SHOWN_BREAKS]
    return Progress(after=last, chains=chains, events=events, broken=broken, breaks=breaks)
