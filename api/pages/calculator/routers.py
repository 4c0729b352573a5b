"""The routers of the calculator."""

from api.pages.calculator import (
    calculator_routes,
    saved_routes,
)

ROUTERS = (
    calculator_routes.router,
    saved_routes.router,
)
