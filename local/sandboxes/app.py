"""The application of all sandboxes: each vendor at `/{name}` with fault injection, an index page and a health check."""

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response

from local.sandboxes import admin
from local.sandboxes.didox import app as didox
from local.sandboxes.digitalocean import app as digitalocean
from local.sandboxes.fault_injection import FaultInjector
from local.sandboxes.finance import app as finance
from local.sandboxes.pages.rendering import html_page
from local.sandboxes.pages.routes import add_page
from local.sandboxes.planfact import app as planfact
from local.sandboxes.telegram import app as telegram
from local.sandboxes.webhooks import app as webhooks
from settings import Settings


def create_app(state_dir: Path, settings: Settings) -> FastAPI:
    """Return the application. The sandboxes accept the keys that the settings give to the clients."""
    app = FastAPI(title="Sandboxes", openapi_url=None)
    vendors = [
        planfact.vendor(state_dir, settings.planfact),
        didox.vendor(state_dir, settings.didox),
        telegram.vendor(state_dir, settings.telegram),
        digitalocean.vendor(state_dir, settings.digitalocean),
        webhooks.vendor(state_dir),
        finance.vendor(state_dir, settings.finance),
    ]

    @app.get("/__sandbox/health")
    async def health() -> Response:
        return admin.json({"status": "ok", "sandboxes": [vendor.name for vendor in vendors]})

    @app.get("/")
    async def index() -> Response:
        return html_page("index.html.j2", vendors=vendors)

    for vendor in vendors:
        add_page(vendor.app, vendor.page)
        app.mount(f"/{vendor.name}", FaultInjector(vendor))
    return app
