"""Puts the desk into the application: its routes, its assets, and the refusal of forms from other sites."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from api.pages import assets, outage_routes
from api.pages.access import key_routes, user_routes
from api.pages.account import account_routes, own_routes
from api.pages.answers import answer
from api.pages.audit import audit_routes
from api.pages.bills import routers as bills
from api.pages.calculator import routers as calculator
from api.pages.clients import client_routes
from api.pages.cross_site import SameOriginForms
from api.pages.generate import generate_routes
from api.pages.invoice import routers as invoice
from api.pages.margins import margin_routes
from api.pages.open_items import open_items_routes
from api.pages.orders import routers as orders
from api.pages.outages import Outages
from api.pages.partners import routers as partners
from api.pages.payables import routers as payables
from api.pages.payments import payments_routes
from api.pages.quotes import routers as quotes
from api.pages.registry import routers as registry
from api.pages.review import review_routes
from api.pages.runs import run_routes
from api.pages.search import search_routes
from api.pages.settings import routers as settings
from api.pages.setup import routers as setup
from api.pages.signing import signing_routes
from api.pages.today import today_routes
from api.pages.webhooks import delivery_routes, webhook_routes

ROUTERS: Sequence[APIRouter] = (
    assets.router,
    account_routes.router,
    own_routes.router,
    outage_routes.router,
    today_routes.router,
    search_routes.router,
    *registry.ROUTERS,
    open_items_routes.router,
    payments_routes.router,
    review_routes.router,
    signing_routes.router,
    *invoice.ROUTERS,
    client_routes.router,
    generate_routes.router,
    run_routes.router,
    *orders.ROUTERS,
    *partners.ROUTERS,
    *bills.ROUTERS,
    *payables.ROUTERS,
    *calculator.ROUTERS,
    margin_routes.router,
    *quotes.ROUTERS,
    audit_routes.router,
    user_routes.router,
    key_routes.router,
    webhook_routes.router,
    delivery_routes.router,
    *setup.ROUTERS,
    *settings.ROUTERS,  # last, because they take every address below `/settings`
)


def install(app: FastAPI) -> None:
    """Refuse forms of other sites, and remember outages for all pages.

    The application answers the errors of all routes by `answer`.
    """
    app.add_middleware(SameOriginForms, answer=answer)
    app.state.outages = Outages()


def include_routes(app: FastAPI) -> None:
    """Add the pages and their files, and remember the addresses of the pages."""
    for router in ROUTERS:
        app.include_router(router)
    routes = (route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute))
    app.state.pages = frozenset(route.path for route in routes)
