"""The input of a workflow, refused if a person started the workflow with something else.

An input that cannot be decoded would repeat the first workflow task for ever. So a wrong input fails the workflow
instead, and a missing one too (docs/specification/temporal.md 3.8).
"""

from typing import Any, Self

from pydantic import ModelWrapValidatorHandler, ValidationError, model_validator
from temporalio.exceptions import ApplicationError

from models.values.base_models import Frozen

# What a run carries over to the next one. If a release cannot read it, the workflow waits for another release.
CARRIED_OVER = ("invoice", "report", "quote")


class StartInput(Frozen):
    """The base class of the inputs. A wrong input raises ApplicationError, which fails the workflow."""

    @model_validator(mode="wrap")
    @classmethod
    def _fail_the_workflow(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(value)
        except ValidationError as error:
            if isinstance(value, dict) and any(value.get(name) for name in CARRIED_OVER):
                raise
            raise refusal() from error


def refusal() -> ApplicationError:
    """Return the failure of a workflow that was started with a wrong input or with none."""
    return ApplicationError(
        "The input does not fit. Workflows of this type are started by Aktum's API and command line only.",
        type="InvalidChange",
        non_retryable=True,
    )
