"""What the handlers of commands have in common.

Every command exists twice under one Temporal name: an update that answers (`command_updates.py`), and a signal that
never raises (`command_signals.py`). A test compares both with the table of commands.
"""

from abc import ABC, abstractmethod

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.invoice.commands import Command
    from workflows.invoice.messages import Answer


class CommandHandlers(ABC):
    """What a workflow must offer so that commands can act on it."""

    @abstractmethod
    def validate(self, command: Command) -> None:
        """Raise ApplicationError when the command is not allowed; change nothing."""

    @abstractmethod
    async def execute(self, command: Command) -> Answer:
        """Apply the command and wait until its result can be read."""

    @abstractmethod
    async def apply_command(self, command: Command) -> None:
        """Apply a command that nobody waits for. Raise InvoiceError when it is refused."""

    @abstractmethod
    def add_ignored_note(self, name: str, why: str) -> None:
        """Show operators that a message changed nothing, and why."""


def description(command_type: type[Command]) -> str:
    """What the Web UI and the CLI say of the command."""
    return (command_type.__doc__ or "").strip()
