"""The signature of an activity: its name, its input type and its result type."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Input = TypeVar("Input")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Port(Generic[Input, Result]):
    """The signature by which workflows call an activity without importing it; `name` is stored in histories."""

    name: str
    input: type[Input]
    result: type[Result]
