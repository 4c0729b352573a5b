"""The base class of the command handlers.

Every command exists twice under one Temporal name: an update that returns a result (`command_updates.py`), and a signal
that never raises (`command_signals.py`). A test compares both with the table of commands.
"""

from abc import ABC, abstractmethod

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.invoice.commands import Command
    from workflows.invoice.messages import Answer


class CommandHandlers(ABC):
    """The methods that a workflow implements for its command handlers."""

    @abstractmethod
    def validate(self, command: Command) -> None:
        """Raise ApplicationError if the command is not allowed. Changes nothing."""

    @abstractmethod
    async def execute(self, command: Command) -> Answer:
        """Apply the command, wait until its result can be read, and return it. Raises ApplicationError."""

    @abstractmethod
    async def apply_command(self, command: Command) -> None:
        """Apply the command without waiting for its result. Raises InvoiceError if it is refused."""

    @abstractmethod
    def add_ignored_note(self, name: str, why: str) -> None:
        """Record for operators that a message was ignored, and the reason."""


def description(command_type: type[Command]) -> str:
    """Return the description that the Web UI and the command line show for the command."""
    return (command_type.__doc__ or "").strip()
