"""The note on a signal that is ignored is short, whatever the signal contained."""

import json
from typing import Any

import pytest

from models.invoice.commands import Command, Edit, Hold, RecordPayment
from workflows.invoice.command_signals import CommandSignals
from workflows.invoice.messages import Answer

LONGEST = 500

POISON: dict[str, Any] = {
    "many unknown fields": {f"field_{n}": n for n in range(40_000)},
    "a long name": {"x" * 1_750_000: 1},
    "many long names": {f"{n}" + "x" * 200_000: 1 for n in range(9)},
    "a long list": list(range(600_000)),
    "a long text": "я" * 1_000_000,
    "many bad rows": {"by": "a", "expected_revision": 1, "line_items": [{"id": n} for n in range(20_000)]},
    "deeply nested": json.loads("[" * 400 + "]" * 400),
}


class Recorder(CommandSignals):
    """Records the notes. It applies no command, because none of the signals fits one."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def validate(self, command: Command) -> None:
        raise NotImplementedError

    async def execute(self, command: Command) -> Answer:
        raise NotImplementedError

    async def apply_command(self, command: Command) -> None:
        raise NotImplementedError

    def add_ignored_note(self, name: str, why: str) -> None:
        self.notes.append(why)


@pytest.mark.parametrize("poison", POISON)
@pytest.mark.parametrize("command", [Edit, Hold, RecordPayment])
async def test_the_reason_is_short(command: type[Command], poison: str) -> None:
    recorder = Recorder()
    await recorder._apply_signal(command, POISON[poison])
    [why] = recorder.notes
    assert 0 < len(f"Ignored `{command.name}`: {why}") <= LONGEST


async def test_five_problems_are_listed_and_the_others_are_counted() -> None:
    recorder = Recorder()
    await recorder._apply_signal(Hold, {"by": "a", "reason": "client called", **{f"f{n}": n for n in range(12)}})
    [why] = recorder.notes
    assert [part.split(":")[0] for part in why.split("; ")] == ["f0", "f1", "f2", "f3", "f4", "and 7 more"]


async def test_five_problems_are_listed_without_a_count() -> None:
    recorder = Recorder()
    await recorder._apply_signal(Hold, {"by": "a", "reason": "client called", **{f"f{n}": n for n in range(5)}})
    assert [part.split(":")[0] for part in recorder.notes[0].split("; ")] == ["f0", "f1", "f2", "f3", "f4"]


async def test_long_names_do_not_hide_how_many_problems_there_are() -> None:
    recorder = Recorder()
    await recorder._apply_signal(Edit, {"by": "a", "expected_revision": 1, **POISON["many long names"]})
    assert recorder.notes[0].endswith("; and 4 more")
