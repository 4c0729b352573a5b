"""The form that settles a resource key, and the page with the answer for each key that was settled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Response

from api.pages.bills import bill_words
from api.pages.forms.fields import Control, FormField
from api.pages.forms.form_page import FormPage
from api.pages.languages import N_
from api.pages.rendering import Desk
from models.bills.matching.match import Outcome

CHOICES: Final = {
    outcome.value: bill_words.OUTCOMES[outcome] for outcome in Outcome if outcome is not Outcome.UNMATCHED
}


@dataclass(frozen=True)
class Answer:
    """What came of one key: it is settled, or the problem says why not. The bills are to be matched again."""

    provider: str
    resource_key: str
    outcome: Outcome | None = None
    resource: str | None = None
    bills: tuple[str, ...] = ()
    problem: str | None = None


def settling_fields(resources: Sequence[str]) -> tuple[FormField, ...]:
    """Return the fields of the form. `resources` are the short names to choose from."""
    known = {"": "—", **{name: name for name in resources}}
    return (
        FormField("provider", "", Control.HIDDEN),
        FormField("resource_key", "", Control.HIDDEN),
        FormField("outcome", N_("What it is"), Control.SELECT, is_required=True, options=CHOICES),
        FormField("resource", N_("Resource"), Control.SELECT, hint=N_("only where it is a resource"), options=known),
        FormField("note", N_("Note"), Control.AREA, longest=500),
    )


def settle_form(resource_key: str, resources: Sequence[str]) -> FormPage:
    """Return the form for one key."""
    return FormPage(
        label=N_("Settle"),
        busy=N_("Settling…"),
        text=N_("This applies to every bill of the provider that is matched from now on, until it is forgotten."),
        fields=settling_fields(resources),
        address="/bills/unmatched/settle",
        cancel="/bills/unmatched",
        about=(resource_key,),
    )


def body_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of the API. A resource that stands beside another outcome was left over and is not sent."""
    found = dict(values)
    if found.get("outcome") != Outcome.MATCHED:
        found.pop("resource", None)
    return found


def answer_page(desk: Desk, answers: Sequence[Answer]) -> Response:
    """Return the page with the answer for each key, and the bills that are to be matched again."""
    bills = dict.fromkeys(bill for answer in answers for bill in answer.bills)
    status = 200 if any(answer.problem is None for answer in answers) else 400
    return desk.page("bills/answers.html.j2", status=status, answers=answers, bills=list(bills), bill_words=bill_words)
