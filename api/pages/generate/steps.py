"""The pages of the generator: edit, review, and what stands in their way."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from fastapi import Response
from starlette.datastructures import FormData

from api.errors import ApiError, Invalid, Unavailable, Unknown
from api.http.envelopes import ConflictDetails
from api.invoice.editing.schemas import EditTotalsView
from api.invoice.generation.previews import EditedDraft
from api.pages.generate.prefill_form import Choice, Typed, Wanted, amounts_of, values_of, wanted
from api.pages.invoice.edit_lines import HEADINGS, LINE_LABELS, ORDER, line_types, rows
from api.pages.languages import N_
from api.pages.rendering import Desk
from models.invoice.checks.confirmation import draft_warnings
from models.invoice.content.content import Content, prefill_digest
from models.invoice.editing.prefill_edit import edited_content
from models.invoice.errors import InvalidChange
from models.invoice.invoice import Invoice
from models.invoice.status import Kind

EDIT, REVIEW = "2", "3"
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Step:
    """The computed draft and what a person has changed in it.

    `earlier` is what was typed when the contract's data made another draft; a part of it may not fit any more.
    `is_posted` tells that the page answers a form.
    """

    desk: Desk
    choice: Choice
    computed: Content
    typed: Typed
    key: str | None = None
    earlier: Typed | None = None
    is_posted: bool = False

    @property
    def texts(self) -> dict[str, str]:
        return {**values_of(self.computed), **self.typed.changes}

    @property
    def dropped(self) -> list[str]:
        """What was typed and could not be taken over to the draft that the contract's data makes now."""
        earlier = self.earlier.changes if self.earlier else {}
        lost = {name: text for name, text in earlier.items() if name not in self.typed.changes and name != ORDER}
        return [f"{self.label_of(name)}: {text}" for name, text in lost.items()]

    def known(self) -> dict[str, Any]:
        """Return what both pages show and carry."""
        return {
            "choice": self.choice,
            "computed": self.computed,
            "digest": prefill_digest(self.computed),
            "was": as_json(values_of(self.computed)),
            "typed": as_json(self.typed.changes),
            "key": self.key,
            "is_changed": self.earlier is not None,
            "is_posted": self.is_posted,
            "dropped": self.dropped,
        }

    def label_of(self, name: str) -> str:
        """Return the words for a field: of a line with its description."""
        labels = {each.name: each.label for each in amounts_of(self.computed)}
        if name in labels:
            return self.desk.text(labels[name])
        kind, _, rest = name.partition(".")
        key, _, part = rest.rpartition(".")
        texts = {**(self.earlier.was if self.earlier else {}), **self.texts}
        shown = texts.get(f"{kind}.{key}.description", "")[:_LONGEST_NAME] or self.desk.text(N_("New line"))
        return f"{shown}: {self.desk.text(LINE_LABELS.get(part, part))}"


@dataclass(frozen=True)
class Tried:
    """A step with what its form makes: the draft, or why there is none."""

    step: Step
    found: Wanted
    draft: EditedDraft | None = None
    refused: ApiError | None = None

    @property
    def errors(self) -> dict[str, str]:
        """The message at each field that prevents the draft."""
        return self.found.errors or (self.found.refused(self.refused) if self.refused else {})

    @property
    def labelled(self) -> dict[str, str]:
        """The messages with the words for their fields, for a list apart from the fields."""
        return {name: f"{self.step.label_of(name)}: {message}" for name, message in self.errors.items()}

    def known(self) -> dict[str, Any]:
        """Return the totals before and after what was typed."""
        content = self.draft.content if self.draft else self.step.computed
        return {
            "before": EditTotalsView.of(self.step.computed.totals),
            "after": EditTotalsView.of(content.totals),
            "tried": None,
            "is_stale": False,
            "invoice": EditedDraft(content, content, {}),
            "row_totals": self.found.row_totals,
            "refused": self.refused if not self.errors else None,
        }


def tried(step: Step, confirmed: tuple[str, ...] = ()) -> Tried:
    """Return the step with the draft that its form makes."""
    digest = prefill_digest(step.computed)
    more = {"prefill_digest": digest, "confirmed_warnings": confirmed}
    found = wanted(step.choice, step.typed, step.computed, step.desk.formats.zone, **more)
    if found.body is None:
        return Tried(step, found)
    try:
        content, changes = edited_content(step.computed, found.body.edited_prefill)
    except InvalidChange as error:
        return Tried(step, found, refused=Invalid.of_message(str(error)))
    return Tried(step, found, EditedDraft(step.computed, content, changes))


def edit_page(found: Tried) -> Response:
    """Show the prefill result as a form, with the totals of what was typed."""
    step = found.step
    return step.desk.page(
        "generate/edit.html.j2",
        status=400 if found.errors or found.refused else 200,
        **step.known(),
        **found.known(),
        texts=step.texts,
        typed_names=list(step.typed.changes),
        errors=found.errors,
        labelled=found.labelled,
        amounts=amounts_of(step.computed),
        columns=LINE_LABELS,
        headings=HEADINGS,
        rows=rows(step.computed.lines, step.texts),
        types=line_types(Kind.SERVICE),
    )


def totals_part(found: Tried) -> Response:
    """Return the part with the totals of the form, the sums of the changed rows, and the errors by field."""
    return found.step.desk.page("invoice/edit_totals.html.j2", **found.known(), errors=found.labelled)


def review_page(found: Tried, refused: ApiError | None = None) -> Response:
    """Show what the draft would be: its page, its totals, and what differs from the prefill result."""
    assert found.draft is not None
    assert found.found.body is not None
    step, draft = found.step, found.draft
    return step.desk.page(
        "generate/review.html.j2",
        status=refused.status if refused else 200,
        **step.known(),
        **{**found.known(), "refused": refused},
        content=draft.content,
        changes={_change_label(step, draft, name): pair for name, pair in draft.changes.items()},
        to_confirm=draft_warnings(draft.computed),
        confirmed=found.found.body.confirmed_warnings,
        existing=existing_invoice(refused) if refused else None,
        is_down=isinstance(refused, Unavailable),
        is_unknown=isinstance(refused, Unknown),
    )


def refused_page(desk: Desk, choice: Choice, refused: ApiError, posted: FormData | None, step: str) -> Response:
    """Show why there is no prefill result. What was typed goes along with `Try again`."""
    hidden = [(name, value) for name, value in posted.multi_items() if isinstance(value, str)] if posted else []
    return desk.page(
        "generate/refused.html.j2",
        status=refused.status,
        choice=choice,
        refused=refused,
        is_down=isinstance(refused, Unavailable),
        hidden=[(name, value) for name, value in hidden if name not in ("make", "use_base")],
        step=step,
    )


def existing_page(desk: Desk, choice: Choice, invoice: Invoice, status: int = 200) -> Response:
    """Show that the contract has an invoice for the period, and where it is."""
    return desk.page("generate/existing.html.j2", status=status, choice=choice, invoice=invoice)


def existing_invoice(refused: ApiError) -> str | None:
    """Return the id of the invoice that stands in the way, if the refusal names one."""
    return refused.details.invoice_id if isinstance(refused.details, ConflictDetails) else None


def as_json(fields: Mapping[str, str]) -> str:
    return json.dumps(fields, separators=(",", ":"))


_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "base_amount": N_("Base amount"),
        "overtime_hours": N_("Overtime hours"),
        "overtime_amount": N_("Overtime amount"),
        "total_hours": N_("Hours"),
        "net_amount": N_("Net"),
        "tax_amount": N_("Tax"),
        "total_amount": N_("Total"),
        "total_is_manual": N_("Total typed by hand"),
        "line order": N_("Order of the lines"),
    }
)


def _change_label(step: Step, draft: EditedDraft, name: str) -> str:
    """Return the words for a change, which the audit trail names by its field or by `line L3`."""
    if name in _LABELS:
        return step.desk.text(_LABELS[name])
    lines = {f"line {line.id}": n for n, line in enumerate(draft.content.lines, 1)}
    if name in lines:
        return step.desk.text(N_("Line %(number)s"), number=lines[name])
    return step.desk.text(N_("Line removed")) + f" ({name.removeprefix('line ')})"
