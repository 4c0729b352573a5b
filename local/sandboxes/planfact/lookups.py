"""The lists of counterparties, projects, companies, categories, products, accounts and deals."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.responses import Response

from local.sandboxes.planfact.answers import PAGE_LIMIT, PlanFactError, body_of, filters_are_ignored, page
from local.sandboxes.planfact.reference_data import CATEGORIES, ReferenceData
from local.sandboxes.state import Record, SandboxState

Test = Callable[[Record, str], bool]


def _contains(field: str) -> Test:
    return lambda row, wanted: wanted.lower() in str(row[field] or "").lower()


def _equals(field: str) -> Test:
    return lambda row, wanted: str(row[field]).lower() == wanted.lower()


def router(state: SandboxState, reference_data: ReferenceData) -> APIRouter:
    routes = APIRouter(prefix="/api/v1")

    def lookup(path: str, rows: Callable[[], list[Record]], filters: dict[str, Test]) -> None:
        async def answer(request: Request) -> Response:
            query = request.query_params
            found = rows()
            known = {} if filters_are_ignored(state) else filters
            for name, test in known.items():  # PlanFact ignores filters that it does not know
                if (wanted := query.get(f"filter.{name}")) is not None:
                    found = [row for row in found if test(row, wanted)]
            offset, limit = query.get("paging.offset", "0"), query.get("paging.limit", str(PAGE_LIMIT))
            if not (offset.isdecimal() and limit.isdecimal()):
                raise PlanFactError(400, "The field paging is invalid")
            return page(state, found, int(offset), int(limit))

        routes.add_api_route(path, answer, methods=["GET"])

    titled = {"title": _contains("title"), "externalId": _equals("externalId")}
    active = {"active": _equals("active")}
    inn: dict[str, Test] = {
        "titleOrContrAgentInn": lambda row, text: text.lower() in f"{row['title']} {row['contrAgentInn']}".lower()
    }
    lookup(
        "/contragents",
        lambda: state.all("contragent"),
        titled | active | inn | {"contrAgentId": _equals("contrAgentId")},
    )
    lookup("/projects", lambda: state.all("project"), titled | active)
    lookup(
        "/companies",
        lambda: [reference_data.company()],
        {"title": _contains("title"), "companyId": _equals("companyId")},
    )
    lookup(
        "/operationcategories", lambda: CATEGORIES, titled | {"operationCategoryType": _equals("operationCategoryType")}
    )
    lookup(
        "/products",
        lambda: reference_data.products,
        {"searchString": _contains("title"), "externalId": _equals("externalId")},
    )

    lookup("/accounts", reference_data.accounts, {"title": _contains("title"), "active": _equals("active")})

    @routes.post("/deals/list")
    async def deals(request: Request) -> Response:
        body = await body_of(request)
        text, contractor = body.get("searchString"), body.get("contractorId")
        if filters_are_ignored(state):
            text = contractor = None
        found = [
            deal
            for deal in state.all("deal")
            if (text is None or str(text).lower() in deal["title"].lower())
            and (contractor is None or deal["contractorId"] == contractor)
        ]
        return page(state, found, body.get("offset", 0), body.get("limit", PAGE_LIMIT))

    return routes
