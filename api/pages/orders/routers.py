"""The routers of the pages of orders. Those with a fixed path come before those with the key of an order."""

from api.pages.orders import (
    batch_routes,
    command_routes,
    import_routes,
    list_routes,
    materials_routes,
    order_routes,
    ready_routes,
)

ROUTERS = (
    list_routes.router,
    ready_routes.router,
    batch_routes.router,
    import_routes.router,
    command_routes.router,
    materials_routes.router,
    order_routes.router,
)
