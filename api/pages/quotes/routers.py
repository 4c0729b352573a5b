"""The routers of the pages of quotes. Those with a fixed path come before those with the id of a quote."""

from api.pages.quotes import command_routes, convert_routes, edit_routes, list_routes, public_routes, quote_routes

ROUTERS = (
    public_routes.router,
    list_routes.router,
    edit_routes.router,
    convert_routes.router,
    command_routes.router,
    quote_routes.router,
)
