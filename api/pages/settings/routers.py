"""The routers of the settings. `/settings/{area}` takes every address that no page before it has."""

from api.pages.settings import (
    area_routes,
    csv_routes,
    delegation_routes,
    item_routes,
    overview_routes,
)

ROUTERS = (
    overview_routes.router,
    delegation_routes.router,
    csv_routes.router,
    area_routes.router,
    item_routes.router,
)
