"""What the pages of one area need: its description, the person, and what they may do there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from fastapi import Depends

from api.access.deps import Actor, require
from api.deps import TodayDep
from api.http.envelopes import Page
from api.pages.rendering import Desk, DeskDep
from api.pages.sessions import PageActorDep
from api.pages.settings.area_page import AreaPage
from api.pages.settings.areas import area_page
from api.pages.settings.forms import SettingForm
from api.pages.settings.kinds import Change
from api.pages.settings.shown import RecordedChange, recorded
from api.settings.company.history import changes
from api.settings.cost_access import require_costs
from api.settings.cost_repositories import COST_RATES
from api.settings.deps import SettingsStoreDep
from api.settings.partner_repositories import PARTNER_GROUPS, PARTNERS
from api.settings.repositories import ISSUER, NUMBER_SERIES
from api.settings.schemas import ChangeFilter, ChangeView
from api.settings.store import SettingsStore
from models.quotes.rates.cost_rate import CostOf
from models.values.money import Currency

SHOWN_CHANGES = 20
_NO_PLACES = ("Etc/", "posix/", "right/", "SystemV/")


@dataclass(frozen=True)
class AreaVisit:
    page: AreaPage
    desk: Desk
    actor: Actor
    store: SettingsStore
    today: date

    @property
    def may_change(self) -> bool:
        return self.actor.role.includes(self.page.least_role)

    @property
    def change(self) -> Change:
        return Change(self.store, self.actor, self.today)

    def require_change(self) -> None:
        """Raise Forbidden for a person who may not change the settings of this area."""
        require(self.actor, self.page.least_role, "changing these settings")

    async def history(self, key: str | None = None) -> list[RecordedChange]:
        """Return the last changes of the area, or of one setting."""
        return recorded(self.desk, self.page, (await self._changes(key, SHOWN_CHANGES)).data)

    async def last_change(self, key: str) -> ChangeView | None:
        """Return the last change of a setting."""
        return next(iter((await self._changes(key, 1)).data), None)

    async def _changes(self, key: str | None, number: int) -> Page[ChangeView]:
        wanted = self.page.kind.history_key(key) if key else None
        filters = ChangeFilter.model_validate({"area": self.page.area, "key": wanted, "per_page": number})
        return await changes(self.store, self.actor, filters)

    async def known(self, form: SettingForm) -> dict[str, Sequence[str]]:
        """Return the values to choose from that the fields of the form suggest, by the names of the lists."""
        fields = [each for field in form.fields for each in (field, *field.columns)]
        return {name: await _known(self.store, name) for name in {each.suggested for each in fields} - {""}}


async def area_visit(
    area: str, actor: PageActorDep, desk: DeskDep, store: SettingsStoreDep, today: TodayDep
) -> AreaVisit:
    """Return the visit. Raise NotFound for an unknown area, and Forbidden for costs of which the person sees none."""
    page = area_page(area)
    if page.is_confidential:
        await require_costs(store, actor)
    return AreaVisit(page, desk, actor, store, today)


AreaVisitDep = Annotated[AreaVisit, Depends(area_visit)]


async def _known(store: SettingsStore, name: str) -> Sequence[str]:
    match name:
        case "currencies":
            return [each.value for each in Currency]
        case "zones":
            return _zones()
        case "series":
            return list(await store.all(NUMBER_SERIES))
        case "partners":
            return list(await store.all(PARTNERS))
        case "groups":
            return list(await store.all(PARTNER_GROUPS))
        case "cost_roles":
            return await _codes(store, CostOf.ROLE)
        case "cost_grades":
            return await _codes(store, CostOf.GRADE)
        case _:
            issuer = await store.one(ISSUER, ISSUER.KEY)
            return sorted({tax.code for tax in issuer.taxes}) if issuer else []


async def _codes(store: SettingsStore, kind: CostOf) -> Sequence[str]:
    """Return the codes of the kind that have a cost rate."""
    return sorted({each.code for each in (await store.all(COST_RATES)).values() if each.kind is kind})


@cache
def _zones() -> Sequence[str]:
    return sorted(
        each for each in available_timezones() if "/" in each and not each.startswith(("Etc/", "posix", "right"))
    )
