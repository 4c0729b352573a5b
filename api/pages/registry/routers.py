"""The routers of the list of invoices."""

from api.pages.registry import (
    bulk_routes,
    registry_routes,
)

ROUTERS = (
    registry_routes.router,
    bulk_routes.router,
)
