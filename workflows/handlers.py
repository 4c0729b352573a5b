"""Every command exists twice under one Temporal name: an update that answers, and a signal that never raises.

The pairs are made from the table of commands, so that none can be forgotten. The update has a validator: a refusal
costs no history event. The signal takes any JSON, because the SDK would drop what does not fit a model without a word;
it validates by itself and says in the details why it ignored something (docs/specification/temporal.md 1).
"""

from typing import Any

from pydantic import ValidationError
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.commands import COMMANDS, Command
    from models.errors import InvoiceError
    from workflows.messages import Answer


class CommandHandlers:
    """What a workflow must offer so that commands can act on it."""

    def refuse(self, command: Command) -> None:
        """Raises ApplicationError when the command is not allowed; changes nothing."""
        raise NotImplementedError

    async def obey(self, command: Command) -> Answer:
        """Applies the command and waits until its result can be read."""
        raise NotImplementedError

    async def heed(self, command: Command) -> None:
        """Applies a command that nobody waits for. Raises InvoiceError when it is refused."""
        raise NotImplementedError

    def note_ignored(self, name: str, why: str) -> None:
        raise NotImplementedError


def _attach(command_type: type[Command]) -> None:
    name, about = str(command_type.name), (command_type.__doc__ or "").strip()

    async def update(self: CommandHandlers, command: Command) -> Answer:
        return await self.obey(command)

    def validate(self: CommandHandlers, command: Command) -> None:
        self.refuse(command)

    async def signal(self: CommandHandlers, command: Any = None) -> None:
        try:
            await self.heed(command_type.model_validate({} if command is None else command))
        except ValidationError as error:
            self.note_ignored(name, _problems(error))
        except InvoiceError as error:
            self.note_ignored(name, str(error))

    for method in (update, validate, signal):
        del method.__annotations__["self"]  # the SDK would take an annotated `self` for the argument
    for method in (update, validate):
        method.__annotations__["command"] = command_type
    named: tuple[tuple[Any, str], ...] = ((update, name), (signal, f"{name}_signal"))
    for method, method_name in named:
        method.__name__ = method_name
        method.__qualname__ = f"{CommandHandlers.__name__}.{method_name}"
    updating = workflow.update(name=name, description=about)(update)
    updating.validator(validate)
    setattr(CommandHandlers, name, updating)
    setattr(CommandHandlers, f"{name}_signal", workflow.signal(name=name, description=about)(signal))


def _problems(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'input'}: {problem['msg']}" for problem in error.errors()
    )


for _command_type in COMMANDS:
    _attach(_command_type)
