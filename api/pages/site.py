"""Puts the desk into the application: its routes, its assets, and the refusal of forms from other sites."""

from fastapi import FastAPI

from api.pages import account_routes, assets
from api.pages.answers import answer
from api.pages.clients import client_routes
from api.pages.cross_site import SameOriginForms
from api.pages.generate import generate_routes
from api.pages.invoice import command_routes, edit_routes, html_routes, invoice_routes
from api.pages.registry import registry_routes
from api.pages.review import review_routes
from api.pages.runs import run_routes
from api.pages.today import today_routes

ROUTERS = (
    assets,
    account_routes,
    today_routes,
    registry_routes,
    review_routes,
    client_routes,
    generate_routes,
    run_routes,
    command_routes,
    edit_routes,
    html_routes,
    invoice_routes,
)


def install(app: FastAPI) -> None:
    """Refuse forms of other sites. The application answers the errors of all routes by `answer`."""
    app.add_middleware(SameOriginForms, answer=answer)


def include_routes(app: FastAPI) -> None:
    """Add the pages and their files."""
    for module in ROUTERS:
        app.include_router(module.router)
