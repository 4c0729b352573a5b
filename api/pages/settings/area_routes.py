"""The page of one area: the list of its settings, or the form of its only one, with the history beside it."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.http.decimal_json import DecimalJsonRoute
from api.pages.rendering import url_query
from api.pages.settings.item_pages import form_page
from api.pages.settings.kinds import Entry
from api.pages.settings.shown import shown, validity
from api.pages.settings.visits import AreaVisit, AreaVisitDep

router = APIRouter(prefix="/settings", include_in_schema=False, route_class=DecimalJsonRoute)

PER_PAGE = 100
LONGEST_SEARCH = 100


@router.get("/{area}")
async def area_page(request: Request, visit: AreaVisitDep) -> Response:
    """Show the settings of the area, the last changes, and what was just done."""
    page = visit.page
    entries = await page.kind.entries(visit.store)
    if page.kind.is_single:
        return await form_page(visit, next(iter(entries.values()), None), done=request.query_params.get("done", ""))
    search = request.query_params.get("search", "").strip()[:LONGEST_SEARCH]
    found = [each for key, each in entries.items() if search.casefold() in key.casefold()]
    number = _number(request.query_params.get("page", ""))
    rows = found[(number - 1) * PER_PAGE : number * PER_PAGE]
    history = await visit.history()
    facts = await page.kind.facts(visit.store, visit.today)
    return visit.desk.page(
        "settings/area.html.j2",
        page=page,
        visit=visit,
        rows=[_row(visit, each, facts.get(each.key, ())) for each in rows],
        fact_labels=page.kind.fact_labels,
        search=search,
        total=len(found),
        is_empty=not entries,
        history=history,
        done=_done(history, request.query_params.get("done", "")),
        previous=_address(visit, search, number - 1) if number > 1 else None,
        next=_address(visit, search, number + 1) if number * PER_PAGE < len(found) else None,
    )


def _row(visit: AreaVisit, entry: Entry, facts: tuple[str, ...]) -> dict[str, Any]:
    texts = visit.page.form.texts(entry.value)
    state, look = validity(entry.value, visit.today) if visit.page.is_dated else ("", "")
    return {
        "key": entry.key,
        "address": visit.page.address + "/edit" + url_query({"key": entry.key}),
        "cells": [(each, shown(visit.desk, each, texts[each.name])) for each in visit.page.columns],
        "facts": facts,
        "state": state,
        "look": look,
    }


def _done(history: list[Any], wanted: str) -> Any:
    """Return the change that the address names, True for one that changed nothing, None for none."""
    if wanted == "0":
        return True
    return next((each for each in history if str(each.id) == wanted), None)


def _address(visit: AreaVisit, search: str, number: int) -> str:
    return visit.page.address + url_query({"search": search, "page": number if number > 1 else ""})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 6 and int(text) else 1
