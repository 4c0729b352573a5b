"""The body of a command's route has the fields and texts of the command, without the fields that the API sets."""

import inspect
from typing import Any

import pytest
from pydantic import BaseModel

from api.invoice import command_bodies
from models.invoice.commands import COMMANDS, Command

SET_BY_THE_API = {"by", "role", "on_behalf_of", "request_id"}


def described(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    left = {name: field for name, field in schema["properties"].items() if name not in SET_BY_THE_API}
    return {"fields": left, "required": schema.get("required", []), "unknown": schema["additionalProperties"]}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_body_has_the_fields_of_its_command(command: type[Command]) -> None:
    body = getattr(command_bodies, f"{command.__name__}Body")
    assert described(body) == described(command)
    assert inspect.getdoc(body) == inspect.getdoc(command)


def test_there_is_no_other_body() -> None:
    bodies = {name for name in vars(command_bodies) if name.endswith("Body")}
    assert bodies == {f"{command.__name__}Body" for command in COMMANDS}
