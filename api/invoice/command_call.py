"""A command that a person sends to one invoice: to its workflow, and from there to the answer of the API."""

from dataclasses import dataclass, replace

from api.access.delegations import Delegator
from api.access.deps import Actor
from api.deps import AppState
from api.error_handlers import of_command
from api.errors import Conflict, Invalid
from api.http.envelopes import ConflictDetails, Envelope
from api.invoice.override_check import check_html_override
from api.invoice.repository import InvoiceRef, InvoiceRepository
from api.invoice.schemas import InvoiceView
from api.invoice.stopped import behind_the_record, ended_meanwhile, without_workflow
from api.reads import Reads
from models.invoice.commands import Command, Edit, RecordPayment, ReversePayment, TakeIn, Undo
from models.invoice.errors import StaleRevision
from models.invoice.event_handlers import has_finished
from models.invoice.invoice import Invoice
from models.invoice.status import Kind
from models.partners.orders.attachment import Owner
from models.values.base_models import Strict
from workflows.client import invoices
from workflows.client.errors import CommandRefused, WorkflowClosed, WorkflowEnded


@dataclass(frozen=True)
class CommandCall:
    """Who sends a command to which invoice, in whose name, with which idempotency key."""

    state: AppState
    reads: Reads
    repository: InvoiceRepository
    actor: Actor
    invoice: InvoiceRef
    key: str
    delegator: Delegator | None = None

    def with_key(self, key: str) -> "CommandCall":
        """Return the same call with another idempotency key."""
        return replace(self, key=key)

    async def send(self, command_type: type[Command], body: Strict) -> Envelope[InvoiceView]:
        """Send the command to the invoice's workflow, and return the invoice after it.

        Raise Invalid, Forbidden or Conflict when the workflow refuses the command, Stopped when it is gone or tells
        another history than the recorded one, and Unknown when it ended meanwhile and the command is not recorded.
        """
        key = f"{command_type.name}:{self.key}"
        filled = {"by": self.actor.username, "role": self.actor.role, "idempotency_key": key}
        if self.delegator:
            filled |= {"role": self.delegator.role, "on_behalf_of": self.delegator.username}
        command = command_type.model_validate(dict(body) | filled)
        if self.invoice.kind is Kind.PARTNER:
            await self._check_attachments(command)
        if isinstance(command, Edit):
            await check_html_override(self.reads, self.repository, self.invoice.id, command)
        try:
            await self._send(command)
        except CommandRefused as refused:
            if stopped := behind_the_record(refused, self.invoice):
                raise stopped from refused
            if isinstance(command, Edit | Undo | TakeIn) and refused.code == StaleRevision.__name__:
                raise await self._stale(command, refused) from refused
            raise of_command(refused) from refused
        return Envelope(data=await self._current())

    async def _send(self, command: Command) -> None:
        """Send the command to the workflow, which is continued for money that concerns a complete invoice."""
        client, timeout = await self.state.temporal.client(), self.state.update_timeout
        # The fingerprint is also the update id, so Temporal answers a repeated request with the first result.
        update_id = command.request_fingerprint
        try:
            await invoices.send_command(client, self.invoice.workflow_id, command, update_id=update_id, timeout=timeout)
        except WorkflowEnded as error:
            if command.request_fingerprint not in (await self._recorded()).request_fingerprints:
                raise ended_meanwhile(self.invoice.id) from error
        except WorkflowClosed as error:
            recorded = await self._recorded()
            if not (isinstance(command, RecordPayment | ReversePayment) and has_finished(recorded)):
                raise without_workflow(recorded) from error
            await invoices.send_to_ended(client, recorded, command, update_id=update_id, timeout=timeout)

    async def _check_attachments(self, command: Command) -> None:
        """Raise Invalid if the command names a file that is not attached to the invoice."""
        for name in ("bank_slip", "attachment"):
            value = getattr(command, name, None)
            if value and await self.state.attachments.find(Owner.INVOICE, self.invoice.id, value) is None:
                raise Invalid.at(name, f"{value} is no attachment of this invoice; attach the file first")

    async def _recorded(self) -> Invoice:
        recorded = await self.repository.find(self.invoice.id)
        assert recorded is not None  # an invoice is never deleted
        return recorded

    async def _current(self) -> InvoiceView:
        recorded, actor = await self._recorded(), self.actor
        return InvoiceView.seen_by(actor.role, recorded, actor.username, self.state.archive, delegator=self.delegator)

    async def _stale(self, command: Edit | Undo | TakeIn, refused: CommandRefused) -> Conflict:
        """Return a conflict with both revisions and the current invoice, so that the edit can be repeated on it."""
        current = await self._current()
        details = ConflictDetails(
            reason=refused.code,
            allowed=list(refused.allowed),
            expected_revision=command.expected_revision,
            current_revision=refused.current_revision or current.revision,
            current=current.model_dump(mode="json"),
        )
        return Conflict(refused.message, details)
