"""CSV files of settings: download, and import in two steps, of which the first only shows what would change."""

import base64
import binascii

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData, UploadFile

from api.errors import NotFound
from api.pages.languages import N_
from api.pages.rendering import url_query
from api.pages.settings.visits import AreaVisit, AreaVisitDep
from api.settings.csv_import import export, import_csv
from api.settings.import_plan import ImportReport
from api.uploads import CSV, UploadRoute
from models.settings.csv_columns import SHEETS
from models.settings.csv_sheet import SheetRefused

router = APIRouter(prefix="/settings", include_in_schema=False, route_class=UploadRoute)

MOST_ROWS_SHOWN = 500
LARGEST_FILE = 10_000_000
NO_FILE = N_("Choose a file.")
TOO_LARGE = N_("The file is larger than 10 MB.")
OUTCOMES = {"ok": N_("new"), "changed": N_("changed"), "unchanged": N_("unchanged"), "error": N_("wrong")}
LOOKS = {"ok": "paid", "changed": "sent", "unchanged": "draft", "error": "failed"}


@router.get("/{area}.csv")
async def csv_file(visit: AreaVisitDep) -> Response:
    """Return all settings of the area as a CSV file."""
    _require_sheet(visit)
    text = await export(visit.store, visit.page.area)
    headers = {
        "Content-Disposition": f'attachment; filename="{visit.page.area.value}.csv"',
        "Cache-Control": "no-store",
    }
    return Response(text.encode(), media_type=f"{CSV}; charset=utf-8", headers=headers)


@router.get("/{area}/import")
async def import_page(visit: AreaVisitDep) -> Response:
    """Show the form for a file."""
    _require_import(visit)
    return _page(visit)


@router.post("/{area}/import")
async def import_file(request: Request, visit: AreaVisitDep) -> Response:
    """Show what the file would change, or change it when the form says so. All rows are taken, or none."""
    _require_import(visit)
    posted = await request.form(max_files=1, max_fields=5, max_part_size=LARGEST_FILE * 2)
    content, problem = await _content(posted)
    if content is None:
        return _page(visit, problem=problem)
    is_dry = posted.get("apply") != "true"
    try:
        report = await import_csv(visit.store, visit.page.area, content, visit.actor.username, dry_run=is_dry)
    except SheetRefused as refused:
        return _page(visit, problem=str(refused))
    if report.applied:
        last = (await visit.history())[:1] if report.counts.get("ok", 0) + report.counts.get("changed", 0) else []
        return RedirectResponse(visit.page.address + url_query({"done": str(last[0].id) if last else "0"}), 303)
    return _page(visit, report, content, status=200 if is_dry else 400)


def _page(
    visit: AreaVisit,
    report: ImportReport | None = None,
    content: bytes = b"",
    problem: str = "",
    status: int = 200,
) -> Response:
    sheet = SHEETS[visit.page.area]
    rows = [] if report is None else sorted(report.rows, key=lambda row: (row.outcome != "error", row.row))
    return visit.desk.page(
        "settings/import.html.j2",
        status=400 if problem else status,
        page=visit.page,
        columns=[(name, name in sheet.required_names) for name in sheet.names],
        report=report,
        rows=rows[:MOST_ROWS_SHOWN],
        hidden=max(0, len(rows) - MOST_ROWS_SHOWN),
        outcomes=OUTCOMES,
        looks=LOOKS,
        content=base64.b64encode(content).decode(),
        problem=visit.desk.text(problem),
    )


async def _content(posted: FormData) -> tuple[bytes | None, str]:
    """Return the file that was chosen, or that the second form carries; else the reason why there is none."""
    file, carried = posted.get("file"), posted.get("content")
    if isinstance(file, UploadFile) and file.filename:
        content = await file.read()
        return (content, "") if len(content) <= LARGEST_FILE else (None, TOO_LARGE)
    if isinstance(carried, str) and carried:
        try:
            return base64.b64decode(carried, validate=True), ""
        except binascii.Error as error:
            raise NotFound("This form is incomplete; open the page again.") from error
    return None, NO_FILE


def _require_sheet(visit: AreaVisit) -> None:
    if not visit.page.has_csv:
        raise NotFound("There is no CSV file of these settings.")


def _require_import(visit: AreaVisit) -> None:
    visit.require_change()
    _require_sheet(visit)
