"""The page with the form of one setting, and the page of a conflict between two people."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from fastapi import Response

from api.errors import ApiError
from api.pages.rendering import url_query
from api.pages.settings.fields import NEW_ROWS, Control, SettingField
from api.pages.settings.forms import SettingForm
from api.pages.settings.kinds import Entry
from api.pages.settings.shown import shown
from api.pages.settings.visits import AreaVisit

KEPT = "sha256:"


async def form_page(
    visit: AreaVisit,
    entry: Entry | None,
    *,
    is_new: bool = False,
    texts: Mapping[str, str] | None = None,
    was: Mapping[str, str] | None = None,
    version: str | None = None,
    errors: Mapping[str, str] | None = None,
    refused: ApiError | None = None,
    status: int = 200,
    done: str = "",
) -> Response:
    """Return the form, or for a person who may only look the values of the setting."""
    page = visit.page
    is_new = is_new or entry is None
    form = page.form_of(visit.actor.role, is_new=is_new)
    before = texts_of(form, entry)
    given = {**before, **(texts or {})}
    history = [] if is_new and not page.kind.is_single else await visit.history(entry.key if entry else None)
    return visit.desk.page(
        "settings/setting.html.j2" if visit.may_change else "settings/shown.html.j2",
        status=status,
        page=page,
        visit=visit,
        entry=entry,
        form=form,
        is_new=is_new and not page.kind.is_single,
        fixed=frozenset() if is_new else frozenset(page.fixed),
        texts=given,
        values={each.name: shown(visit.desk, each, before[each.name]) for each in form.fields},
        logo=_logo(entry),
        new_rows=NEW_ROWS,
        was=json.dumps(dict(was) if was is not None else before),
        version=version if version is not None else (entry.version if entry else ""),
        errors={name: visit.desk.told(message) for name, message in (errors or {}).items()},
        labels=labels(visit, form),
        refused=refused,
        known=await visit.known(form) if visit.may_change else {},
        history=history,
        address=page.address + ("/new" if is_new and not page.kind.is_single else "/edit"),
        removal=page.address + "/remove" + url_query({"key": entry.key}) if entry else "",
        done=True if done == "0" else next((each for each in history if str(each.id) == done), None),
    )


async def conflict_page(
    visit: AreaVisit,
    form: SettingForm,
    current: Entry,
    was: Mapping[str, str],
    changes: Mapping[str, str],
) -> Response:
    """Show field by field what was changed here and there. Only what both have changed has to be decided."""
    now = texts_of(form, current)
    theirs = {name for name in now if now[name] != was.get(name, "")}
    rows = []
    for field in form.fields:
        name = field.name
        if name not in theirs and name not in changes:
            continue
        mine = changes.get(name, now[name])
        rows.append(
            {
                "name": name,
                "label": visit.desk.text(field.label),
                "was": _told(visit, field, was.get(name, "")),
                "now": _told(visit, field, now[name]),
                "yours": _told(visit, field, mine),
                "now_text": now[name],
                "your_text": mine,
                "is_both": name in theirs and name in changes and mine != now[name],
                "is_mine": name in changes,
                "is_image": field.control is Control.IMAGE,
            }
        )
    last = await visit.last_change(current.key)
    return visit.desk.page(
        "settings/conflict.html.j2",
        status=409,
        page=visit.page,
        entry=current,
        rows=rows,
        last=last,
        was=json.dumps(now),
        address=visit.page.address + "/edit",
        back=visit.page.address if visit.page.kind.is_single else visit.page.address + "/edit" + _query(current),
    )


def texts_of(form: SettingForm, entry: Entry | None) -> dict[str, str]:
    """Return the texts of the setting, or those of a new one. An image is told by its digest, because it is long."""
    if entry is None:
        return form.defaults()
    found = form.texts(entry.value)
    for each in form.fields:
        if each.control is Control.IMAGE and found[each.name]:
            found[each.name] = digest_of(found[each.name])
    return found


def digest_of(image: str) -> str:
    return KEPT + hashlib.sha256(image.encode()).hexdigest()


def labels(visit: AreaVisit, form: SettingForm) -> dict[str, str]:
    """Return the label of each field in the language of the page, also of the cells of tables."""
    found = {}
    for each in form.fields:
        found[each.name] = visit.desk.text(each.label)
        for column in each.columns:
            found[f"{each.name}/{column.name}"] = visit.desk.text(column.label)
    return found


def _told(visit: AreaVisit, field: SettingField, text: str) -> str:
    return shown(visit.desk, field, text)


def _query(entry: Entry) -> str:
    return url_query({"key": entry.key})


def _logo(entry: Entry | None) -> Any:
    return entry.value.get("logo") if entry else None
