"""Every command of the table has one update with a validator and one signal; there are no others."""

import inspect
from typing import Any

import pytest
from temporalio import workflow

from models.invoice.commands import COMMANDS, Command
from workflows.invoice.messages import Answer
from workflows.invoice.workflow import InvoiceWorkflow

DEFINITION = workflow._Definition.must_from_class(InvoiceWorkflow)
NAMES = {str(command.name) for command in COMMANDS}


def test_updates_are_the_commands_and_opened() -> None:
    assert set(DEFINITION.updates) == NAMES | {"opened"}


def test_signals_are_the_commands_and_the_reports_to_an_invoice() -> None:
    assert set(DEFINITION.signals) == NAMES | {"attempt_failed", "mail_bounced", "act_changed"}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_update_takes_its_command_and_is_validated(command: type[Command]) -> None:
    update = DEFINITION.updates[command.name]
    assert update.arg_types == [command]
    assert update.ret_type is Answer
    assert update.validator is not None
    assert update.description == inspect.getdoc(command)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_signal_accepts_any_json_and_no_argument(command: type[Command]) -> None:
    """The SDK silently drops a signal whose payload does not fit a model."""
    signal = DEFINITION.signals[command.name]
    parameter = inspect.signature(signal.fn).parameters["command"]
    assert (parameter.annotation, parameter.default) == (Any, None)
    assert signal.description == inspect.getdoc(command)


@pytest.mark.parametrize("command", COMMANDS)
async def test_each_handler_uses_its_own_command(command: type[Command]) -> None:
    """The tests above do not detect a handler's body that was copied from another command."""
    recorder = Recorder()
    message = object.__new__(command)
    assert await DEFINITION.updates[command.name].bind_fn(recorder)(message) == "executed"
    DEFINITION.updates[command.name].bind_validator(recorder)(message)
    await DEFINITION.signals[command.name].bind_fn(recorder)({"a": 1})
    assert recorder.calls == [("execute", message), ("validate", message), (command, {"a": 1})]


class Recorder:
    """Records which method a handler calls, and with what."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, object]] = []

    async def execute(self, command: object) -> str:
        self.calls.append(("execute", command))
        return "executed"

    def validate(self, command: object) -> None:
        self.calls.append(("validate", command))

    async def _apply_signal(self, command_type: object, command: object) -> None:
        self.calls.append((command_type, command))
