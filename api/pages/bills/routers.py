"""The routers of the pages of vendor bills. Those with a fixed path come before those with the id of a bill."""

from api.pages.bills import (
    bill_list_routes,
    bill_routes,
    command_routes,
    file_routes,
    line_routes,
    months_routes,
    resource_routes,
    unmatched_routes,
    upload_routes,
)

ROUTERS = (
    bill_list_routes.router,
    upload_routes.router,
    months_routes.router,
    file_routes.router,
    unmatched_routes.router,
    resource_routes.router,
    command_routes.router,
    line_routes.router,
    bill_routes.router,
)
