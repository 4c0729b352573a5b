"""The routers of the pages of one invoice."""

from api.pages.invoice import (
    command_routes,
    edit_routes,
    html_routes,
    invoice_routes,
)

ROUTERS = (
    command_routes.router,
    edit_routes.router,
    html_routes.router,
    invoice_routes.router,
)
