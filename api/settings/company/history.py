"""Reads the history of the settings: what a person may see of it, and the last change of each area."""

from collections.abc import Mapping
from typing import Any

from api.access.deps import Actor
from api.errors import Forbidden
from api.http.envelopes import Meta, Page
from api.settings.cost_access import cost_access, require_costs
from api.settings.repositories import ISSUER
from api.settings.schemas import AreaView, ChangeFilter, ChangeView
from api.settings.store import ChangeSelection, SettingsStore
from models.access.roles import ADMINISTERING
from models.settings.area import ADMINISTERED, CONFIDENTIAL, Area
from models.values.period import moments_of


async def changes(store: SettingsStore, user: Actor, filters: ChangeFilter) -> Page[ChangeView]:
    """Return one page of the changes that the user may see, newest first. Raise Forbidden for an area of others."""
    hidden = await hidden_areas(store, user)
    if filters.area in CONFIDENTIAL:
        await require_costs(store, user)
    if filters.area in hidden:
        raise Forbidden(
            f"reading the history of {filters.area} needs the role {ADMINISTERING}; {user.username} is {user.role}"
        )
    async with store.reading() as connection:
        zone = await ISSUER.zone(connection)
    begin, end = moments_of(filters.day_from, filters.day_to, zone)
    wanted = ChangeSelection(filters.area, filters.key, filters.by, begin, end, hidden)
    rows, total = await store.history(wanted, offset=filters.offset, limit=filters.per_page)
    meta = Meta(total=total, page=filters.page, per_page=filters.per_page)
    return Page(data=[ChangeView.of(row) for row in rows], meta=meta)


async def areas(store: SettingsStore, user: Actor) -> list[AreaView]:
    """Return the areas that the user may see, each with its last change."""
    hidden = await hidden_areas(store, user)
    last = await store.last_changes()
    return [_area(area, last.get(area.value)) for area in Area if area not in hidden]


async def hidden_areas(store: SettingsStore, user: Actor) -> frozenset[Area]:
    """Return the areas whose history the user may not see."""
    administered = frozenset() if user.role.includes(ADMINISTERING) else ADMINISTERED
    sees_costs = (await cost_access(store)).allows(user.role)
    return administered if sees_costs else administered | CONFIDENTIAL


def _area(area: Area, last: Mapping[str, Any] | None) -> AreaView:
    if last is None:
        return AreaView(area=area, changed_at=None, changed_by=None, changed_key=None)
    return AreaView(area=area, changed_at=last["at"], changed_by=last["by"], changed_key=last["key"])
