"""Routes for the export and import of settings as CSV files."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import UploadFile

from api.access.deps import Actor
from api.errors import Invalid
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, FieldError
from api.http.error_responses import errors
from api.settings.cost_access import require_costs
from api.settings.csv_import import export, import_csv
from api.settings.deps import Configurer, Reader, SettingsStoreDep
from api.settings.import_plan import ImportReport
from api.settings.store import SettingsStore
from models.settings.area import CONFIDENTIAL, Area
from models.settings.csv_columns import SHEETS
from models.settings.csv_sheet import SheetRefused

router = APIRouter(prefix="/settings", tags=["settings"], route_class=DecimalJsonRoute)

CSV = "text/csv"
_FILE = {"type": "string", "format": "binary"}
_FORM = {"type": "object", "properties": {"file": _FILE}, "required": ["file"]}
_CONTENT = {CSV: {"schema": _FILE}, "multipart/form-data": {"schema": _FORM}}
_BODY = {"requestBody": {"required": True, "content": _CONTENT}}

SheetName = StrEnum("SheetName", {area.name: area.value for area in SHEETS})  # type: ignore[misc]


@router.get(
    "/{sheet}.csv",
    summary="Settings as CSV",
    response_class=Response,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}, **errors(400, 401, 403, 503)},
)
async def export_settings(sheet: SheetName, store: SettingsStoreDep, user: Reader) -> Response:
    await _check_costs(store, user, Area(sheet.value))
    text = await export(store, Area(sheet.value))
    return Response(
        text.encode(),
        media_type=f"{CSV}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{sheet.value}.csv"', "Cache-Control": "no-store"},
    )


@router.post(
    "/{sheet}.csv",
    summary="Import settings from CSV",
    responses=errors(400, 401, 403, 413, 503),
    openapi_extra=_BODY,
)
async def import_settings(
    sheet: SheetName,
    request: Request,
    store: SettingsStoreDep,
    user: Configurer,
    dry_run: Annotated[bool, Query(description="only report the effect of each row")] = True,
) -> Envelope[ImportReport]:
    """Adds and changes the settings of the rows; settings that the file does not contain stay. All rows are applied,
    or none."""
    await _check_costs(store, user, Area(sheet.value))
    content = await _content(request)
    try:
        report = await import_csv(store, Area(sheet.value), content, user.username, dry_run=dry_run)
    except SheetRefused as refused:
        raise Invalid.at("file", str(refused)) from refused
    if not dry_run and not report.applied:
        raise _refused(report)
    return Envelope(data=report)


async def _check_costs(store: SettingsStore, user: Actor, area: Area) -> None:
    """Raise Forbidden for a file of costs, unless the user sees them."""
    if area in CONFIDENTIAL:
        await require_costs(store, user)


async def _content(request: Request) -> bytes:
    """Return the file of the request, which is the body or the field `file` of a form."""
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type == CSV:
        return await request.body()
    if media_type == "multipart/form-data":
        form = await request.form()
        file = form.get("file")
        if isinstance(file, UploadFile):
            return await file.read()
        raise Invalid.at("file", "is required")
    raise Invalid.at("body", "send the file as text/csv, or as `file` in multipart/form-data")


def _refused(report: ImportReport) -> Invalid:
    found = [
        FieldError(path=f"row {row.row}" + (f", {error.column}" if error.column else ""), message=error.message)
        for row in report.rows
        for error in row.errors
    ]
    wrong = report.counts["error"]
    summary = f"Nothing was imported, because {wrong} of {len(report.rows)} rows have errors."
    return Invalid(f"{summary} {found[0].path}: {found[0].message}", found)
