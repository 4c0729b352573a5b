"""Puts the desk into the application: its routes, its assets, and the refusal of forms from other sites."""

from fastapi import FastAPI

from api.pages import account_routes, assets
from api.pages.answers import answer
from api.pages.cross_site import SameOriginForms
from api.pages.invoice import command_routes, edit_routes, invoice_routes
from api.pages.quotes import public_routes
from api.pages.registry import bulk_routes, registry_routes
from api.pages.review import review_routes
from api.pages.today import today_routes

ROUTERS = (
    assets,
    account_routes,
    today_routes,
    registry_routes,
    bulk_routes,
    review_routes,
    command_routes,
    edit_routes,
    invoice_routes,
    public_routes,
)


def install(app: FastAPI) -> None:
    """Refuse forms of other sites. The application answers the errors of all routes by `answer`."""
    app.add_middleware(SameOriginForms, answer=answer)


def include_routes(app: FastAPI) -> None:
    """Add the pages and their files."""
    for module in ROUTERS:
        app.include_router(module.router)
