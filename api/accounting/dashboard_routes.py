"""Routes of the finance dashboard. They need only PostgreSQL."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.access.deps import require_role
from api.accounting.deps import DashboardsDep
from api.accounting.finance_days import finance_of
from api.accounting.schemas import DashboardQuery, FinanceDashboard
from api.deps import NowDep
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.settings.deps import IssuerZoneDep
from models.access.roles import READING

router = APIRouter(prefix="/dashboard", tags=["dashboard"], dependencies=[Depends(require_role(READING, "reading"))])


@router.get("/finance", summary="The finance dashboard of a day", responses=errors(400, 401, 404, 503))
async def finance_dashboard(
    query: Annotated[DashboardQuery, Query()], dashboards: DashboardsDep, zone: IssuerZoneDep, moment: NowDep
) -> Envelope[FinanceDashboard]:
    """Returns what is outstanding, due soon, late and rejected, ageing, revenue by customer, monthly totals, how long
    invoices take from ready to paid, and the money that is expected each week.

    Covers service and partner invoices; amounts of different currencies are never added up. Today is computed from the
    invoices, a past day is read from the snapshot that was taken after its end.
    """
    return Envelope(data=await finance_of(dashboards, query, zone, moment))
