"""The page of a conflict: what each field is now, by whom, and what this person typed."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import Response

from api.invoice.command_call import CommandCall
from api.pages.invoice.edit_fields import controls, groups, values_of
from api.pages.invoice.edit_lines import LINE_LABELS, ORDER
from api.pages.invoice.list_place import carrying
from api.pages.languages import N_
from api.pages.rendering import Desk
from models.invoice.invoice import Invoice

LONGEST_NAME = 60
REVISION = "_revision"
# It follows from the lines that there are; a wanted order is applied to those that there are now.
_FOLLOWING = frozenset({ORDER})


async def conflict_page(
    desk: Desk,
    call: CommandCall,
    current: Invoice,
    changes: Mapping[str, str],
    was: Mapping[str, str],
    note: str,
    listed: str,
) -> Response:
    """Show field by field what was changed here and there. Only what both changed has to be decided."""
    seen = int(was.get(REVISION, "0"))
    return desk.page(
        "invoice/conflict.html.j2",
        status=409,
        invoice=current,
        rows=_rows(desk, current, changes, was),
        events=[event for event in await call.repository.events(current.id) if event.seq > seen],
        was=json.dumps({**values_of(current), REVISION: str(current.revision)}),
        note=note,
        **carrying(listed),
    )


def _rows(desk: Desk, current: Invoice, changes: Mapping[str, str], was: Mapping[str, str]) -> list[dict[str, Any]]:
    now = values_of(current)
    theirs = {name for name in {**now, **was} if now.get(name) != was.get(name)} - _FOLLOWING
    known = controls({**now, **changes})
    labels = labels_of(desk, current)
    return [
        {
            "name": name,
            "label": labels.get(name) or line_label(desk, name, current, {**was, **changes}),
            "was": was.get(name, ""),
            "now": now.get(name, ""),
            "yours": changes.get(name, now.get(name, "")),
            "is_both": name in theirs and name in changes and changes[name] != now.get(name),
            "is_mine": name in changes,
            "is_gone": name.startswith("line.") and f"{name.rpartition('.')[0]}.billed" not in now,
            "is_order": name == ORDER,
        }
        for name in {**was, **now, **changes}
        if name in known and (name in theirs or name in changes)
    ]


def labels_of(desk: Desk, current: Invoice) -> dict[str, str]:
    """Return the label of each field that is not of a line, in the language of the page."""
    found = {field.name: desk.text(field.label) for fields in groups(current).values() for field in fields}
    return {**found, ORDER: desk.text(N_("Order of the lines"))}


def line_label(desk: Desk, name: str, current: Invoice, texts: Mapping[str, str]) -> str:
    """Return the description of the line, or that it is a new one, with the name of the field."""
    kind, _, rest = name.partition(".")
    key, _, part = rest.rpartition(".")
    label = desk.text(LINE_LABELS.get(part, part))
    line = next((line for line in current.content.lines if line.id == key), None) if kind == "line" else None
    description = line.description if line else texts.get(f"{kind}.{key}.description", "")
    shown = description[:LONGEST_NAME] or desk.text(N_("New line"))
    return f"{shown}: {label}"
