"""A command for several invoices: one after another, each with an answer of its own.

Approving is not among them, because an approval names the digest of one document, nor is anything that cannot be taken
back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from fastapi import Request

from api.error_handlers import EXPECTED, expected_error
from api.errors import ApiError, Unavailable, Unknown
from api.invoice.command_call import CommandCall
from api.invoice.repository import InvoiceRef
from api.pages.invoice.command_form import CommandForm
from api.pages.languages import N_
from models.invoice.invoice import Invoice
from models.invoice.status import CommandName
from models.values.base_models import Strict

# The commands, with the fields of their forms that have the same meaning for several invoices.
BULK: Mapping[CommandName, tuple[str, ...]] = MappingProxyType(
    {
        CommandName.DELIVER: ("channel",),
        CommandName.FINALIZE: ("issue_today",),
        CommandName.CHECK_FACTS: (),
        CommandName.HOLD: ("reason",),
        CommandName.RELEASE: (),
    }
)


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"


OUTCOMES: Mapping[Outcome, tuple[str, str]] = MappingProxyType(
    {
        Outcome.DONE: (N_("Done"), "paid"),
        Outcome.REFUSED: (N_("Not done"), "failed"),
        Outcome.UNKNOWN: (N_("Not known yet"), "blocked"),
        Outcome.NOT_SENT: (N_("Not sent"), "draft"),
    }
)


@dataclass(frozen=True)
class Answer:
    """What came of the command for one invoice. `message` says why it was not done."""

    invoice: Invoice
    outcome: Outcome
    message: str = ""


def reference(invoice: Invoice) -> InvoiceRef:
    return InvoiceRef(invoice.id, invoice.workflow_id, invoice.revision, invoice.kind)


async def give_to_each(
    request: Request, call: CommandCall, form: CommandForm, body: Strict, invoices: Sequence[Invoice]
) -> list[Answer]:
    """Give the command to one invoice after another, and return their answers. The key of `call` is that of the form.

    When Temporal does not answer, nothing more is sent: the following invoices would wait as long and in vain.
    """
    answers: list[Answer] = []
    stopped: ApiError | None = None
    for invoice in invoices:
        if stopped is not None:
            answers.append(Answer(invoice, Outcome.NOT_SENT))
            continue
        try:
            await replace(call, invoice=reference(invoice), key=f"{call.key}:{invoice.id}").send(form.command, body)
        except EXPECTED as error:
            refused = expected_error(request, error)
            stopped = refused if isinstance(refused, Unavailable | Unknown) else None
            answers.append(Answer(invoice, _outcome(refused), refused.message))
        else:
            answers.append(Answer(invoice, Outcome.DONE))
    return answers


def _outcome(refused: ApiError) -> Outcome:
    match refused:
        case Unknown():
            return Outcome.UNKNOWN
        case Unavailable():
            return Outcome.NOT_SENT
        case _:
            return Outcome.REFUSED
