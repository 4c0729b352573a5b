"""The edit that a validator has made to see whether it can be made.

Of a long draft that takes a good part of the time that a workflow task has, so the handler, which comes next, takes the
result over. It is only ever the result of `apply`: whether it is there decides nothing.
"""

from datetime import datetime

from models.invoice.commands import Command, Edit
from models.invoice.invoice import Invoice
from models.invoice.lifecycle import apply


class EditTrial:
    def __init__(self) -> None:
        self._made: tuple[Invoice, Edit, datetime, Invoice] | None = None

    def make(self, invoice: Invoice, edit: Edit, now: datetime) -> None:
        """Raises what `apply` raises."""
        self._made = (invoice, edit, now, apply(invoice, edit, now))

    def applied(self, invoice: Invoice, command: Command, now: datetime) -> Invoice:
        """What `apply` returns, and raises."""
        made, self._made = self._made, None
        if made is not None:
            before, edit, at, after = made
            if before is invoice and at == now and edit == command:
                return after
        return apply(invoice, command, now)
