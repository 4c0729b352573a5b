"""An override is refused before it is saved, with everything in it that a document may not hold."""

from api.envelopes import FieldError
from api.errors import Invalid
from models.commands import Command, Edit
from models.overrides import objections

PATH = "html_override"


def refuse_unsafe(command: Command) -> None:
    if not isinstance(command, Edit) or not command.html_override:
        return
    found = objections(command.html_override)
    if found:
        message = f"{PATH}: {found[0]}" + (f"; and {len(found) - 1} more" if len(found) > 1 else "")
        raise Invalid(message, [FieldError(path=PATH, message=each) for each in found])
