"""The routers of the pages that explain the system to those who begin with it."""

from api.pages.setup import (
    journey_routes,
    setup_routes,
)

ROUTERS = (
    setup_routes.router,
    journey_routes.router,
)
