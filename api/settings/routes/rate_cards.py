"""Routes of the rate card of partners, and of the rates of installers."""

from typing import Annotated, Self

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field, StringConstraints

from activities.partners.partner_reader import PartnerReader
from api.deps import StateDep, TodayDep
from api.errors import NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Page
from api.http.error_responses import errors
from api.settings.dated import add, correct, remove_future
from api.settings.deps import Configurer, ExpectedVersion, Reader, SettingsStoreDep
from api.settings.editing import paged, show
from api.settings.partner_repositories import INSTALLER_RATES, RATE_CARDS
from api.settings.schemas import Setting, SettingFilter
from models.partners.installer_rate import InstallerRateInput
from models.partners.order_type import OrderType
from models.partners.priced_work import Code, PartnerKey
from models.partners.rate_card import RateCardInput, RateCardRow
from models.partners.rate_lookup import LookedAt, RateFound, RateMissing, RateNotFound
from models.partners.terms import PartnerMissing
from models.values.base_models import Strict
from models.values.period import Day

router = APIRouter(prefix="/settings", tags=["settings"], route_class=DecimalJsonRoute)

RateKey = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}(\.[A-Za-z0-9_]{1,40}){4}\.20[0-9]{2}-[0-9]{2}-[0-9]{2}$"),
    Path(examples=["TIME.activation.FTTH.PRELAID.MYR.2026-01-01"]),
]
MOST_ROWS = 500
Filters = Annotated[SettingFilter, Query()]
Rate = Envelope[Setting[RateCardInput]]
RateOfInstaller = Envelope[Setting[InstallerRateInput]]


class RateQuestion(Strict):
    partner: PartnerKey
    order_type: OrderType
    category: Code | None = Field(default=None, description="an order without one cannot be priced")
    method: Code | None = None
    on: Day | None = Field(default=None, description="the day on which the order was completed; today if left out")


class RateAnswer(BaseModel):
    """The rate of a job, or why it has none, and every row that was looked at, the most specific first."""

    rate: RateCardRow | None
    reason: RateMissing | None = Field(description="null: there is a rate")
    message: str
    explanation: tuple[LookedAt, ...] = Field(max_length=MOST_ROWS)
    looked_at: int = Field(description="how many rows were looked at")

    @classmethod
    def of(cls, found: RateFound | RateNotFound) -> Self:
        """Return the answer for what the search found."""
        shown = found.explanation[:MOST_ROWS]
        looked_at = len(found.explanation)
        if isinstance(found, RateNotFound):
            return cls(rate=None, reason=found.reason, message=found.message, explanation=shown, looked_at=looked_at)
        message = next(each.message for each in found.explanation if each.passed_over is None)
        return cls(
            rate=found.rate,
            reason=None,
            message=f"{found.rate.id} {message}",
            explanation=shown,
            looked_at=looked_at,
        )


@router.get("/rate-cards", summary="The rate card", responses=errors(400, 401, 503))
async def list_rate_cards(filters: Filters, store: SettingsStoreDep, _: Reader) -> Page[Setting[RateCardInput]]:
    """A key begins with the partner, `group-` and the group, or `default`, so that `search` finds the rows of one."""
    return paged(await store.all(RATE_CARDS), filters)


@router.get("/rate-cards/explain", summary="Which row prices a job, and why", responses=errors(400, 401, 404, 503))
async def explain_rate(
    question: Annotated[RateQuestion, Query()], state: StateDep, today: TodayDep, _: Reader
) -> Envelope[RateAnswer]:
    """Lists the rows of the partner, of its group and of the company for the type and category of the order."""
    try:
        rates = await PartnerReader(state.engines.settings).rates(question.partner)
    except PartnerMissing as missing:
        raise NotFound(str(missing)) from missing
    found = rates.find_rate(question.order_type, question.category, question.method, question.on or today)
    return Envelope(data=RateAnswer.of(found))


@router.post(
    "/rate-cards", status_code=201, summary="Add a row to the rate card", responses=errors(400, 401, 403, 409, 503)
)
async def add_rate_card(body: RateCardInput, store: SettingsStoreDep, user: Configurer, response: Response) -> Rate:
    """Two active rows for the same work cannot be valid on the same day: set the last day of the earlier one first."""
    return await add(store, user, RATE_CARDS, body, response)


@router.get("/rate-cards/{key}", summary="A row of the rate card", responses=errors(400, 401, 404, 503))
async def get_rate_card(key: RateKey, store: SettingsStoreDep, _: Reader, response: Response) -> Rate:
    return await show(store, RATE_CARDS, key, response, f"There is no rate {key}.")


@router.put(
    "/rate-cards/{key}", summary="Correct a row of the rate card", responses=errors(400, 401, 403, 404, 409, 503)
)
async def correct_rate_card(
    key: RateKey,
    body: RateCardInput,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> Rate:
    """Prices drafts from now on; issued documents do not change. What the key is made of cannot be changed."""
    return await correct(store, user, RATE_CARDS, key, body, expected, response)


@router.delete(
    "/rate-cards/{key}",
    status_code=204,
    summary="Delete a row that has not begun",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def delete_rate_card(
    key: RateKey, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion, today: TodayDep
) -> None:
    await remove_future(store, user, RATE_CARDS, key, expected, today)


@router.get("/installer-rates", summary="The rates of installers", responses=errors(400, 401, 503))
async def list_installer_rates(
    filters: Filters, store: SettingsStoreDep, _: Reader
) -> Page[Setting[InstallerRateInput]]:
    """They price payouts; no invoice is computed from them."""
    return paged(await store.all(INSTALLER_RATES), filters)


@router.post(
    "/installer-rates", status_code=201, summary="Add an installer rate", responses=errors(400, 401, 403, 409, 503)
)
async def add_installer_rate(
    body: InstallerRateInput, store: SettingsStoreDep, user: Configurer, response: Response
) -> RateOfInstaller:
    return await add(store, user, INSTALLER_RATES, body, response)


@router.get("/installer-rates/{key}", summary="An installer rate", responses=errors(400, 401, 404, 503))
async def get_installer_rate(key: RateKey, store: SettingsStoreDep, _: Reader, response: Response) -> RateOfInstaller:
    return await show(store, INSTALLER_RATES, key, response, f"There is no rate {key}.")


@router.put(
    "/installer-rates/{key}", summary="Correct an installer rate", responses=errors(400, 401, 403, 404, 409, 503)
)
async def correct_installer_rate(
    key: RateKey,
    body: InstallerRateInput,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> RateOfInstaller:
    return await correct(store, user, INSTALLER_RATES, key, body, expected, response)


@router.delete(
    "/installer-rates/{key}",
    status_code=204,
    summary="Delete an installer rate that has not begun",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def delete_installer_rate(
    key: RateKey, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion, today: TodayDep
) -> None:
    await remove_future(store, user, INSTALLER_RATES, key, expected, today)
