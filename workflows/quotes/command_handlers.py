"""The handlers of a quote's commands: each exists twice under one Temporal name.

An update returns a result, and a refusal by its validator adds no event to the history. A signal is durable, returns
nothing and never raises; what is refused is noted in the current details. A test compares both with the table of
commands.
"""

from abc import ABC, abstractmethod
from typing import Any

from pydantic import ValidationError
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.invoice.errors import InvoiceError
    from models.quotes.quote.commands import (
        AcceptQuote,
        ConvertQuote,
        DeclineQuote,
        EditQuote,
        OpenQuote,
        QuoteCommand,
        RenewLink,
        ResolveQuoteEffect,
        RetryQuoteEffect,
        ReviseQuote,
        RevokeLink,
        SendQuote,
        WithdrawQuote,
    )
    from workflows.invoice.command_signals import problems
    from workflows.quotes.messages import QuoteAnswer


def description(command_type: type[QuoteCommand]) -> str:
    """Return the description that the Web UI and the command line show for the command."""
    return (command_type.__doc__ or "").strip()


class QuoteHandlers(ABC):
    """The update and signal handlers."""

    @abstractmethod
    def validate(self, command: QuoteCommand) -> None:
        """Raise ApplicationError if the command is not allowed. Changes nothing."""

    @abstractmethod
    async def execute(self, command: QuoteCommand) -> QuoteAnswer:
        """Apply the command, wait until its result can be read, and return it. Raises ApplicationError."""

    @abstractmethod
    async def apply_command(self, command: QuoteCommand) -> None:
        """Apply the command without waiting for its result. Raises InvoiceError if it is refused."""

    @abstractmethod
    def add_ignored_note(self, name: str, why: str) -> None:
        """Record for operators that a message was ignored, and the reason."""

    async def _apply_signal(self, command_type: type[QuoteCommand], command: Any) -> None:
        try:
            await self.apply_command(command_type.model_validate({} if command is None else command))
        except ValidationError as error:
            self.add_ignored_note(command_type.name, problems(error))
        except InvoiceError as error:
            self.add_ignored_note(command_type.name, str(error))

    @workflow.update(name="edit", description=description(EditQuote))
    async def edit(self, command: EditQuote) -> QuoteAnswer:
        return await self.execute(command)

    @edit.validator
    def validate_edit(self, command: EditQuote) -> None:
        self.validate(command)

    @workflow.signal(name="edit", description=description(EditQuote))
    async def edit_signal(self, command: Any = None) -> None:
        await self._apply_signal(EditQuote, command)

    @workflow.update(name="send", description=description(SendQuote))
    async def send(self, command: SendQuote) -> QuoteAnswer:
        return await self.execute(command)

    @send.validator
    def validate_send(self, command: SendQuote) -> None:
        self.validate(command)

    @workflow.signal(name="send", description=description(SendQuote))
    async def send_signal(self, command: Any = None) -> None:
        await self._apply_signal(SendQuote, command)

    @workflow.update(name="revise", description=description(ReviseQuote))
    async def revise(self, command: ReviseQuote) -> QuoteAnswer:
        return await self.execute(command)

    @revise.validator
    def validate_revise(self, command: ReviseQuote) -> None:
        self.validate(command)

    @workflow.signal(name="revise", description=description(ReviseQuote))
    async def revise_signal(self, command: Any = None) -> None:
        await self._apply_signal(ReviseQuote, command)

    @workflow.update(name="open", description=description(OpenQuote))
    async def open(self, command: OpenQuote) -> QuoteAnswer:
        return await self.execute(command)

    @open.validator
    def validate_open(self, command: OpenQuote) -> None:
        self.validate(command)

    @workflow.signal(name="open", description=description(OpenQuote))
    async def open_signal(self, command: Any = None) -> None:
        await self._apply_signal(OpenQuote, command)

    @workflow.update(name="accept", description=description(AcceptQuote))
    async def accept(self, command: AcceptQuote) -> QuoteAnswer:
        return await self.execute(command)

    @accept.validator
    def validate_accept(self, command: AcceptQuote) -> None:
        self.validate(command)

    @workflow.signal(name="accept", description=description(AcceptQuote))
    async def accept_signal(self, command: Any = None) -> None:
        await self._apply_signal(AcceptQuote, command)

    @workflow.update(name="decline", description=description(DeclineQuote))
    async def decline(self, command: DeclineQuote) -> QuoteAnswer:
        return await self.execute(command)

    @decline.validator
    def validate_decline(self, command: DeclineQuote) -> None:
        self.validate(command)

    @workflow.signal(name="decline", description=description(DeclineQuote))
    async def decline_signal(self, command: Any = None) -> None:
        await self._apply_signal(DeclineQuote, command)

    @workflow.update(name="withdraw", description=description(WithdrawQuote))
    async def withdraw(self, command: WithdrawQuote) -> QuoteAnswer:
        return await self.execute(command)

    @withdraw.validator
    def validate_withdraw(self, command: WithdrawQuote) -> None:
        self.validate(command)

    @workflow.signal(name="withdraw", description=description(WithdrawQuote))
    async def withdraw_signal(self, command: Any = None) -> None:
        await self._apply_signal(WithdrawQuote, command)

    @workflow.update(name="renew_link", description=description(RenewLink))
    async def renew_link(self, command: RenewLink) -> QuoteAnswer:
        return await self.execute(command)

    @renew_link.validator
    def validate_renew_link(self, command: RenewLink) -> None:
        self.validate(command)

    @workflow.signal(name="renew_link", description=description(RenewLink))
    async def renew_link_signal(self, command: Any = None) -> None:
        await self._apply_signal(RenewLink, command)

    @workflow.update(name="revoke_link", description=description(RevokeLink))
    async def revoke_link(self, command: RevokeLink) -> QuoteAnswer:
        return await self.execute(command)

    @revoke_link.validator
    def validate_revoke_link(self, command: RevokeLink) -> None:
        self.validate(command)

    @workflow.signal(name="revoke_link", description=description(RevokeLink))
    async def revoke_link_signal(self, command: Any = None) -> None:
        await self._apply_signal(RevokeLink, command)

    @workflow.update(name="convert", description=description(ConvertQuote))
    async def convert(self, command: ConvertQuote) -> QuoteAnswer:
        return await self.execute(command)

    @convert.validator
    def validate_convert(self, command: ConvertQuote) -> None:
        self.validate(command)

    @workflow.signal(name="convert", description=description(ConvertQuote))
    async def convert_signal(self, command: Any = None) -> None:
        await self._apply_signal(ConvertQuote, command)

    @workflow.update(name="retry_effect", description=description(RetryQuoteEffect))
    async def retry_effect(self, command: RetryQuoteEffect) -> QuoteAnswer:
        return await self.execute(command)

    @retry_effect.validator
    def validate_retry_effect(self, command: RetryQuoteEffect) -> None:
        self.validate(command)

    @workflow.signal(name="retry_effect", description=description(RetryQuoteEffect))
    async def retry_effect_signal(self, command: Any = None) -> None:
        await self._apply_signal(RetryQuoteEffect, command)

    @workflow.update(name="resolve_effect", description=description(ResolveQuoteEffect))
    async def resolve_effect(self, command: ResolveQuoteEffect) -> QuoteAnswer:
        return await self.execute(command)

    @resolve_effect.validator
    def validate_resolve_effect(self, command: ResolveQuoteEffect) -> None:
        self.validate(command)

    @workflow.signal(name="resolve_effect", description=description(ResolveQuoteEffect))
    async def resolve_effect_signal(self, command: Any = None) -> None:
        await self._apply_signal(ResolveQuoteEffect, command)
