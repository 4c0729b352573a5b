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

BILLS = (
    bill_list_routes,
    upload_routes,
    months_routes,
    file_routes,
    unmatched_routes,
    resource_routes,
    command_routes,
    line_routes,
    bill_routes,
)
