"""The routers of the pages of payables."""

from api.pages.payables import (
    payable_list_routes,
    payable_routes,
)

ROUTERS = (
    payable_list_routes.router,
    payable_routes.router,
)
