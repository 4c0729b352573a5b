"""The lines of a vendor bill as a table. It stays fast with a million lines: one page is read, by its position."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.bills.calls.lines import LineCsvFilter, lines_download
from api.bills.deps import Bills
from api.bills.filters import LineQuery
from api.bills.repository import BillRepository
from api.bills.schemas import LineView
from api.errors import Invalid
from api.pages.bills import bill_words
from api.pages.bills.deps import PageBill, PageBillDep
from api.pages.languages import N_
from api.pages.lists import Asked, Chip, asked, chip
from api.pages.rendering import Desk, DeskDep, url_query

router = APIRouter(prefix="/bills/{bill_id}", include_in_schema=False)

PER_PAGE = 100
MOST_LINES = 10**15
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "search": N_("Description"),
        "category": N_("Category"),
        "service": N_("Service"),
        "project": N_("Project"),
        "resource": N_("Resource"),
        "version": N_("Version"),
    }
)


@router.get("/lines")
async def lines_page(
    request: Request,
    desk: DeskDep,
    found: PageBillDep,
    bills: Bills,
    line: Annotated[str, Query(alias="from", max_length=16)] = "",
) -> Response:
    """Show one page of the lines that match, in the order of the file; `from` begins it at a row of the file."""
    address = f"{found.address}/lines"
    wanted = asked(request.query_params, LineQuery, address, per_page={"per_page": PER_PAGE})
    errors = dict(wanted.errors)
    query = wanted.filters
    if line and query.cursor is None:
        first = _row_number(line)
        if first is None:
            errors["from"] = desk.text(N_("must be the number of a row, from 1"))
        else:
            query = query.model_copy(update={"cursor": query.cursor_after(first - 1)})
    if (query.version or 1) > found.bill.version:
        errors["version"] = desk.text(N_("The newest version is %(version)s."), version=found.bill.version)
    shown: list[LineView] = []
    following = None
    if not errors:
        try:
            shown, following = await _page(bills, found, query)
        except Invalid as error:  # the cursor is of another list
            errors["cursor"] = error.message
    return desk.page(
        "bills/lines.html.j2",
        status=400 if errors else 200,
        found=found,
        lines=shown,
        asked=wanted,
        start=line,
        errors=errors,
        labels=LABELS,
        bill_words=bill_words,
        chips=_chips(desk, wanted),
        version=query.version or found.bill.version,
        export=f"{address}.csv{url_query(wanted.without('cursor'))}",
        first=address + url_query(wanted.without("cursor")) if query.cursor else None,
        next=wanted.at(following),
    )


async def _page(bills: BillRepository, found: PageBill, query: LineQuery) -> tuple[list[LineView], str | None]:
    """Return the lines of the page, and the cursor of the next one. Raise Invalid for the cursor of another list."""
    rows = await bills.lines(found.id, query.version or found.bill.version, query)
    shown = rows[: query.per_page]
    following = query.cursor_after(shown[-1]["position"]) if len(rows) > len(shown) else None
    return [LineView.model_validate(dict(row)) for row in shown], following


def _row_number(text: str) -> int | None:
    digits = "".join(text.split())
    return int(digits) if digits.isascii() and digits.isdecimal() and 1 <= int(digits) <= MOST_LINES else None


def _chips(desk: Desk, wanted: Asked[LineQuery]) -> list[Chip]:
    words: dict[str, Mapping[Any, str]] = {"category": bill_words.CATEGORIES}
    return [each for name, label in LABELS.items() for each in chip(desk, wanted, name, label, words.get(name))]


@router.get("/lines.csv")
async def lines_file(found: PageBillDep, filters: Annotated[LineCsvFilter, Query()], bills: Bills) -> Response:
    return await lines_download(found.id, filters, bills)
