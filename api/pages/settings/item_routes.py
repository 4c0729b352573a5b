"""The forms of one setting: add, correct, remove. What two people change at once is shown to the second one."""

import base64
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData, UploadFile

from api.errors import ApiError, Conflict, Invalid, NotFound
from api.pages.languages import N_
from api.pages.rendering import url_query
from api.pages.settings.fields import Control
from api.pages.settings.forms import SettingForm, read, read_was
from api.pages.settings.item_pages import KEPT, conflict_page, digest_of, form_page, texts_of
from api.pages.settings.kinds import Entry
from api.pages.settings.visits import AreaVisit, AreaVisitDep
from api.uploads import UploadRoute

router = APIRouter(prefix="/settings/{area}", include_in_schema=False, route_class=UploadRoute)

MOST_FIELDS = 3000
LARGEST_PART = 2_000_000
LARGEST_LOGO = 300_000
PNG = b"\x89PNG"
Key = Query(max_length=300)
NO_IMAGE = N_("must be an SVG or PNG file of at most 200 kB")
_KEY_OF_ROUTE = {"application_key", "account_id", "label"}


@router.get("/new")
async def new_page(visit: AreaVisitDep) -> Response:
    """Show the form of a new setting."""
    _require_new(visit)
    return await form_page(visit, None, is_new=True)


@router.post("/new")
async def add(request: Request, visit: AreaVisitDep) -> Response:
    """Write a new setting. One that exists already with the same values was written by the same form before."""
    _require_new(visit)
    form = visit.page.form_of(visit.actor.role, is_new=True)
    posted = await _form(request)
    texts = {**form.defaults(), **_read(form, posted)}
    values, errors = form.body(texts)
    key = str(values.pop("key", "")) if form.beside else ""
    body, found = form.validated(values) if not errors else (None, {})
    errors |= found
    if body is None:
        return await form_page(visit, None, is_new=True, texts=texts, errors=errors, status=400)
    try:
        made = await visit.page.kind.add(visit.change, key, body)
    except (Conflict, Invalid) as refused:
        if await _is_done(visit, key, body):
            return await _done(visit, visit.page.kind.key_of(key, body))
        return await _refused(visit, None, form, texts, refused)
    return await _done(visit, made)


@router.get("/edit")
async def edit_page(visit: AreaVisitDep, key: str = Key) -> Response:
    """Show the setting as a form, or as values to a person who may not change it."""
    return await form_page(visit, await _entry(visit, key))


@router.post("/edit")
async def correct(request: Request, visit: AreaVisitDep) -> Response:
    """Save what was changed in the form, or show the conflict with what somebody else has changed meanwhile."""
    visit.require_change()
    posted = await _form(request)
    entry = await _posted_entry(visit, posted)
    form = visit.page.form_of(visit.actor.role)
    was = _was(posted)
    before = texts_of(form, entry)
    yours, problem = await _with_images({**was, **_read(form, posted)}, form, posted)
    fixed = set(visit.page.fixed) if entry else set()
    changes = {name: text for name, text in yours.items() if text != was.get(name, "") and name not in fixed}
    version = str(posted.get("version", ""))
    if problem:
        return await form_page(visit, entry, texts=yours, was=was, version=version, errors=problem, status=400)
    if not changes:
        return _redirect(visit, "0")
    if entry and all(before.get(name) == text for name, text in changes.items()):
        return await _done(visit, entry.key)
    if entry and version != entry.version:
        return await conflict_page(visit, form, entry, was, changes)
    return await _save(visit, entry, form, {**before, **changes}, changes, version)


@router.get("/remove")
async def removal_page(visit: AreaVisitDep, key: str = Key) -> Response:
    """Ask whether the setting is to be removed."""
    visit.require_change()
    if not visit.page.is_removable or visit.page.kind.is_single:
        raise NotFound("This setting cannot be removed.")
    return _removal(visit, await _entry(visit, key))


@router.post("/remove")
async def remove(request: Request, visit: AreaVisitDep) -> Response:
    """Remove the setting. One that is gone because the same form was sent twice is no error."""
    visit.require_change()
    posted = await request.form(max_files=0, max_fields=10)
    key, version = str(posted.get("key", "")), str(posted.get("version", ""))
    entry = await visit.page.kind.find(visit.store, key)
    if entry is None:
        last = await visit.last_change(key) if key else None
        if last is None or last.after is not None:
            raise NotFound(f"There is no setting {key}.")
        return _redirect(visit, str(last.id))
    try:
        await visit.page.kind.remove(visit.change, key, version)
    except (Conflict, Invalid) as refused:
        return _removal(visit, await _entry(visit, key), refused)
    return await _done(visit, key)


async def _save(
    visit: AreaVisit,
    entry: Entry | None,
    form: SettingForm,
    texts: Mapping[str, str],
    changes: Mapping[str, str],
    version: str,
) -> Response:
    if visit.page.sends_changes_only:
        values, errors = form.changed_body(changes)
    else:
        values, errors = form.body(_with_stored_images(form, texts, entry))
    body, found = form.validated(values) if not errors else (None, {})
    errors |= found
    if body is None:
        return await form_page(visit, entry, texts=texts, version=version, errors=errors, status=400)
    key = entry.key if entry else ""
    try:
        if entry is None:
            key = await visit.page.kind.add(visit.change, key, body)
        else:
            await visit.page.kind.correct(visit.change, key, body, version)
    except Conflict as stale:
        current = await visit.page.kind.find(visit.store, key)
        if current is None:
            return await _refused(visit, None, form, texts, stale)
        return await conflict_page(visit, form, current, texts_of(form, entry), changes)
    except Invalid as refused:
        return await _refused(visit, entry, form, texts, refused, version)
    return await _done(visit, key)


async def _refused(
    visit: AreaVisit,
    entry: Entry | None,
    form: SettingForm,
    texts: Mapping[str, str],
    refused: ApiError,
    version: str | None = None,
) -> Response:
    """Show the form again with what was typed, and the reason at its field or above the form."""
    details = {each.path: each.message for each in refused.details} if isinstance(refused.details, list) else {}
    placed = form.placed({"key" if path in _KEY_OF_ROUTE else path: message for path, message in details.items()})
    names = {each.name for each in form.fields}
    errors = {
        name: message for name, message in placed.items() if name.split(".")[0] in {n.split(".")[0] for n in names}
    }
    return await form_page(
        visit,
        entry,
        is_new=entry is None,
        texts=texts,
        version=version,
        errors=errors,
        refused=None if errors else refused,
        status=int(refused.status),
    )


def _removal(visit: AreaVisit, entry: Entry, refused: ApiError | None = None) -> Response:
    return visit.desk.page(
        "settings/remove.html.j2",
        status=int(refused.status) if refused else 200,
        page=visit.page,
        entry=entry,
        refused=refused,
        cancel=visit.page.address + "/edit" + url_query({"key": entry.key}),
    )


async def _done(visit: AreaVisit, key: str) -> Response:
    last = await visit.last_change(key)
    return _redirect(visit, str(last.id) if last else "0")


def _redirect(visit: AreaVisit, done: str) -> Response:
    return RedirectResponse(visit.page.address + url_query({"done": done}), 303)


async def _entry(visit: AreaVisit, key: str) -> Entry:
    found = await visit.page.kind.find(visit.store, key) if key.isprintable() else None
    if found is None:
        raise NotFound(f"There is no setting {key}.")
    return found


async def _posted_entry(visit: AreaVisit, posted: FormData) -> Entry | None:
    """Return the setting that the form is of; None for the only one of an area that is not set yet."""
    if visit.page.kind.is_single:
        return next(iter((await visit.page.kind.entries(visit.store)).values()), None)
    return await _entry(visit, str(posted.get("key", "")))


async def _is_done(visit: AreaVisit, key: str, body: Any) -> bool:
    """Return whether there is a setting with these values already: the same form was sent twice."""
    found = await visit.page.kind.find(visit.store, visit.page.kind.key_of(key, body))
    given = body.model_dump(mode="json")
    return found is not None and all(value in ("", None, given.get(name)) for name, value in found.value.items())


def _require_new(visit: AreaVisit) -> None:
    visit.require_change()
    if visit.page.new_form is None:
        raise NotFound("There is only one setting of this kind.")


async def _form(request: Request) -> FormData:
    return await request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=LARGEST_PART)


def _read(form: SettingForm, posted: FormData) -> dict[str, str]:
    try:
        return read(form, posted)
    except ValueError as error:
        raise NotFound("This form is incomplete; open the page again.") from error


def _was(posted: FormData) -> dict[str, str]:
    try:
        return read_was(str(posted.get("was", "")))
    except ValueError as error:
        raise NotFound("This form is incomplete; open the page again.") from error


async def _with_images(
    texts: Mapping[str, str], form: SettingForm, posted: FormData
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the texts with the image that was chosen or removed, and a message for a file that is none."""
    found = dict(texts)
    for each in form.fields:
        if each.control is not Control.IMAGE:
            continue
        file, kept = posted.get(each.name), posted.get(f"{each.name}.kept")
        if isinstance(file, UploadFile) and file.filename:
            content = await file.read()
            if len(content) > LARGEST_LOGO:
                return found, {each.name: NO_IMAGE}
            media_type = "image/png" if content.startswith(PNG) else "image/svg+xml"
            found[each.name] = f"data:{media_type};base64,{base64.b64encode(content).decode()}"
        elif posted.get(f"{each.name}.removed") == "true":
            found[each.name] = ""
        elif isinstance(kept, str):
            found[each.name] = kept
    return found, {}


def _with_stored_images(form: SettingForm, texts: Mapping[str, str], entry: Entry | None) -> dict[str, str]:
    """Return the texts with the stored image in place of its digest."""
    found = dict(texts)
    for each in form.fields:
        text = found.get(each.name, "")
        if each.control is Control.IMAGE and text.startswith(KEPT):
            stored = str(entry.value.get(each.name) or "") if entry else ""
            found[each.name] = stored if digest_of(stored) == text else ""
    return found
