"""The rate card: its rows with filters in the address, and which row prices a job and why."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field, ValidationError

from activities.partners.partner_reader import PartnerReader
from api.deps import StateDep, TodayDep
from api.http.validation_messages import field_errors
from api.pages.languages import N_
from api.pages.lists import asked, chip
from api.pages.orders import order_words
from api.pages.partners.dated_routes import choices_of
from api.pages.rendering import DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.settings.deps import SettingsStoreDep
from api.settings.partner_repositories import RATE_CARDS
from api.settings.rates.rate_answers import RateAnswer, RateQuestion
from models.access.roles import CONFIGURING
from models.partners.order_type import OrderType, OrderTypeInput
from models.partners.rate_card import RateCardInput
from models.partners.terms import PartnerMissing
from models.settings.dated import is_valid_on
from models.values.base_models import Strict
from models.values.period import Day
from models.values.typed_values import WholeParameter

router = APIRouter(prefix="/rate-cards", include_in_schema=False)

ADDRESS = "/rate-cards"
PER_PAGE = 100
LABELS = {"owner": N_("Whose rates"), "order_type": N_("Type"), "category": N_("Category"), "on": N_("Valid on")}
# In the order of the search (docs/specification/partners.md 2.3).
STEPS = (
    N_("the partner's, with the method"),
    N_("the partner's, any method"),
    N_("the group's, with the method"),
    N_("the group's, any method"),
    N_("the company's, with the method"),
    N_("the company's, any method"),
)


class RateFilter(Strict):
    """The rows of the list. `owner` is a partner, `group-` and a group, or `default`, as keys begin."""

    owner: Annotated[str, Field(max_length=30)] | None = None
    order_type: OrderTypeInput | None = None
    category: Annotated[str, Field(max_length=40)] | None = None
    on: Day | None = None
    page: WholeParameter = Field(default=1, ge=1, le=10_000)

    def fits(self, row: RateCardInput) -> bool:
        return (
            self.owner in (None, row.owner)
            and self.order_type in (None, row.order_type)
            and (self.category is None or self.category.upper() == row.category)
            and (
                self.on is None
                or is_valid_on(self.on, valid_from=row.valid_from, valid_to=row.valid_to, active=row.active)
            )
        )


@router.get("")
async def rate_cards_page(
    request: Request, desk: DeskDep, actor: PageActorDep, store: SettingsStoreDep, today: TodayDep
) -> Response:
    """Show the rows that match, by their keys."""
    wanted = asked(request.query_params, RateFilter, ADDRESS, per_page={})
    page = int(request.query_params.get("page", "1")) if request.query_params.get("page", "1").isdecimal() else 1
    rows = await store.all(RATE_CARDS)
    found = [] if wanted.errors else [(key, row) for key, row in rows.items() if wanted.filters.fits(row)]
    first = (page - 1) * PER_PAGE
    choices = await choices_of(store)
    owners = ["default", *(f"group-{key}" for key in choices.groups), *choices.partners]
    return desk.page(
        "partners/rate_cards.html.j2",
        status=400 if wanted.errors else 200,
        asked=wanted,
        errors=wanted.errors,
        rows=found[first : first + PER_PAGE],
        total=len(found),
        is_new=not rows,
        chips=[each for name, label in LABELS.items() for each in chip(desk, wanted, name, label, _words(name))],
        labels=LABELS,
        owners=owners,
        types=list(OrderType),
        previous=_at(wanted, page - 1) if page > 1 else None,
        next=_at(wanted, page + 1) if first + PER_PAGE < len(found) else None,
        today=today,
        is_valid=is_valid_on,
        may_change=actor.role.includes(CONFIGURING),
        order_words=order_words,
    )


@router.get("/explain")
async def explain_page(
    request: Request, desk: DeskDep, _: PageActorDep, store: SettingsStoreDep, state: StateDep, today: TodayDep
) -> Response:
    """Answer which row prices a job and why, and why each other row that was looked at does not."""
    given = {name: text.strip() for name, text in request.query_params.items() if text.strip()}
    answer: RateAnswer | None = None
    errors: dict[str, str] = {}
    if "partner" in given and "order_type" in given:
        try:
            wanted = RateQuestion.model_validate(given)
            rates = await PartnerReader(state.engines.settings).rates(wanted.partner)
            on = wanted.on or today
            answer = RateAnswer.of(rates.find_rate(wanted.order_type, wanted.category, wanted.method, on))
        except ValidationError as error:
            located = ({**each, "loc": ("query", *each["loc"])} for each in error.errors())
            errors = {each.path: each.message for each in field_errors(located, {"query": RateQuestion})}
        except PartnerMissing as missing:
            errors = {"partner": str(missing)}
    return desk.page(
        "partners/explain.html.j2",
        status=400 if errors else 200,
        given=given,
        answer=answer,
        errors=errors,
        choices=await choices_of(store),
        types=list(OrderType),
        steps=STEPS,
        today=today,
        order_words=order_words,
    )


def _words(name: str) -> Any:
    return order_words.TYPES if name == "order_type" else None


def _at(wanted: Any, page: int) -> str:
    return ADDRESS + url_query(wanted.with_(page=page))
