"""Puts the desk into the application: its routes, its assets, and the refusal of forms from other sites."""

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.pages import account_routes, assets, outage_routes
from api.pages.answers import answer
from api.pages.bills.routers import BILLS
from api.pages.clients import client_routes
from api.pages.cross_site import SameOriginForms
from api.pages.invoice import command_routes, edit_routes, invoice_routes
from api.pages.open_items import open_items_routes
from api.pages.orders import (
    batch_routes,
    import_routes,
    list_routes,
    materials_routes,
    order_routes,
    ready_routes,
)
from api.pages.orders import command_routes as order_commands
from api.pages.outages import Outages
from api.pages.payables.routers import PAYABLES
from api.pages.registry import bulk_routes, registry_routes
from api.pages.review import review_routes
from api.pages.settings import area_routes, csv_routes, delegation_routes, item_routes, overview_routes
from api.pages.today import today_routes

ROUTERS = (
    assets,
    account_routes,
    outage_routes,
    today_routes,
    registry_routes,
    bulk_routes,
    open_items_routes,
    review_routes,
    client_routes,
    command_routes,
    edit_routes,
    invoice_routes,
    *BILLS,
    *PAYABLES,
    list_routes,
    ready_routes,
    batch_routes,
    import_routes,
    order_commands,
    materials_routes,
    order_routes,
    # After the pages of settings that have forms of their own, because `/settings/{area}` takes every other address.
    overview_routes,
    delegation_routes,
    csv_routes,
    area_routes,
    item_routes,
)


def install(app: FastAPI) -> None:
    """Refuse forms of other sites, and remember outages for all pages.

    The application answers the errors of all routes by `answer`.
    """
    app.add_middleware(SameOriginForms, answer=answer)
    app.state.outages = Outages()


def include_routes(app: FastAPI) -> None:
    """Add the pages and their files, and remember the addresses of the pages."""
    for module in ROUTERS:
        app.include_router(module.router)
    routes = (route for module in ROUTERS for route in module.router.routes if isinstance(route, APIRoute))
    app.state.pages = frozenset(route.path for route in routes)
