"""The finance dashboard: what is owed, since when and by whom; each figure leads to exactly its invoices."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.accounting import rows_of_figures as rows
from api.accounting.deps import DashboardsDep
from api.accounting.finance_days import finance_of
from api.accounting.schemas import DashboardQuery, FinanceDashboard
from api.deps import NowDep
from api.errors import ApiError, Invalid, NotFound
from api.http.validation_messages import field_errors
from api.pages.languages import N_
from api.pages.rendering import DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.settings.deps import IssuerZoneDep
from models.access.roles import REPORTING
from models.accounting.ageing import BUCKETS, DUE_SOON_DAYS
from models.values.period import local_day

router = APIRouter(prefix="/partners/finance", include_in_schema=False)

FIGURES = {
    "outstanding": N_("Outstanding"),
    "due_soon": N_("Due soon"),
    "late": N_("Late"),
    "rejected": N_("Rejected"),
}


@router.get("")
async def finance_page(
    request: Request,
    actor: PageActorDep,
    desk: DeskDep,
    dashboards: DashboardsDep,
    zone: IssuerZoneDep,
    moment: NowDep,
) -> Response:
    """Show the figures of a day, and what has changed since another one."""
    given = {name: text.strip() for name, text in request.query_params.items() if text.strip()}
    given = {name: text for name, text in given.items() if name in DashboardQuery.model_fields}
    today = local_day(moment, zone)
    errors: dict[str, str] = {}
    found: FinanceDashboard | None = None
    try:
        found = await finance_of(dashboards, DashboardQuery.model_validate(given), zone, moment)
    except ValidationError as error:
        located = ({**each, "loc": ("query", *each["loc"])} for each in error.errors())
        errors = {each.path: each.message for each in field_errors(located, {"query": DashboardQuery})}
    except (Invalid, NotFound) as error:
        errors = _at_field(error)
    figures = found.figures if found else None
    is_live = figures is not None and figures.as_of == today
    return desk.page(
        "partners/finance.html.j2",
        status=400 if errors else 200,
        given=given,
        errors=errors,
        found=found,
        figures=figures,
        today=today,
        days=await dashboards.days(),
        is_live=is_live,
        may_report=actor.role.includes(REPORTING),
        names=FIGURES,
        buckets=BUCKETS,
        due_soon_days=DUE_SOON_DAYS,
        of_figure=_filters(figures.as_of) if figures else {},
        rows=rows,
        link=_link if is_live else _no_link,
    )


def _filters(as_of: Any) -> dict[str, dict[str, Any]]:
    return {
        "outstanding": rows.OUTSTANDING,
        "due_soon": rows.due_soon(as_of),
        "late": rows.late(as_of),
        "rejected": rows.REJECTED,
    }


def _link(filters: dict[str, Any], **more: Any) -> str | None:
    return "/invoices" + url_query(filters | more)


def _no_link(filters: dict[str, Any], **more: Any) -> str | None:
    """Return no address: the registry shows the invoices as they are now, not as they were on a past day."""
    del filters, more
    return None


def _at_field(error: ApiError) -> dict[str, str]:
    found = {each.path: each.message for each in error.details} if isinstance(error.details, list) else {}
    return found or {"as_of": error.message}
