"""Every command of the table has an update with a validator and a signal, under its own name; there are no others."""

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


def test_signals_are_the_commands() -> None:
    assert set(DEFINITION.signals) == NAMES


@pytest.mark.parametrize("command", COMMANDS)
def test_the_update_takes_its_command_and_is_validated(command: type[Command]) -> None:
    update = DEFINITION.updates[command.name]
    assert update.arg_types == [command]
    assert update.ret_type is Answer
    assert update.validator is not None
    assert update.description == inspect.getdoc(command)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_signal_takes_any_json_and_may_come_without(command: type[Command]) -> None:
    """The SDK would drop a signal that does not fit a model without a word."""
    signal = DEFINITION.signals[command.name]
    parameter = inspect.signature(signal.fn).parameters["command"]
    assert (parameter.annotation, parameter.default) == (Any, None)
    assert signal.description == inspect.getdoc(command)


@pytest.mark.parametrize("command", COMMANDS)
async def test_each_handler_acts_with_its_own_command(command: type[Command]) -> None:
    """A body copied from another command would pass every test above."""
    recorder = Recorder()
    asked = object.__new__(command)
    assert await DEFINITION.updates[command.name].bind_fn(recorder)(asked) == "executed"
    DEFINITION.updates[command.name].bind_validator(recorder)(asked)
    await DEFINITION.signals[command.name].bind_fn(recorder)({"a": 1})
    assert recorder.seen == [("execute", asked), ("validate", asked), (command, {"a": 1})]


class Recorder:
    def __init__(self) -> None:
        self.seen: list[tuple[object, object]] = []

    async def execute(self, command: object) -> str:
        self.seen.append(("execute", command))
        return "executed"

    def validate(self, command: object) -> None:
        self.seen.append(("validate", command))

    async def _apply_signal(self, command_type: object, command: object) -> None:
        self.seen.append((command_type, command))
