"""The HTTP API put together; `api/server.py` serves it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

import json_logs
from activities.archive.addresses import ArchiveAddresses
from activities.bills.ingest import stored_bill_files
from activities.database import schema
from activities.partners.attachments import Attachments
from api import docs_page, error_handlers, garbage_collection
from api.access import routes as access
from api.access.passwords import Passwords
from api.access.tokens import Tokens
from api.accounting import dashboard_routes, payment_routes
from api.audit import routes as audit
from api.billing import routes as billing
from api.bills import figure_routes, import_routes, matching_routes, payable_routes
from api.bills import file_routes as bill_file_routes
from api.bills import line_routes as bill_line_routes
from api.bills import routes as bill_routes
from api.contracts import routes as clients
from api.deps import AppState, Engines, utc_now, version
from api.documents import collection_routes
from api.documents import generation_routes as generated_pages
from api.documents import routes as documents
from api.einvoice import routes as signatures
from api.events import openapi as event_schemas
from api.events import routes as events
from api.health import routes as health
from api.http import problem_details
from api.http.head_requests import HeadRequests
from api.http.number_limits import name_limits
from api.http.security_headers import SecurityHeaders
from api.invoice import attachment_routes as invoice_attachments
from api.invoice import command_routes, history_routes, line_routes
from api.invoice import routes as invoices
from api.invoice.editing import routes as edit_previews
from api.invoice.generation import routes as generation
from api.invoice.orders import batch_routes, readiness_routes
from api.invoice.orders import routes as order_routes
from api.metrics import Metrics
from api.pages import site as pages
from api.pages.answers import answer
from api.partners.orders import attachment_routes, intake_routes
from api.partners.orders import routes as orders
from api.partners.reports import routes as reports
from api.quotes import quote_command_routes, quote_routes
from api.quotes import routes as calculator
from api.quotes.margins import routes as margins
from api.quotes.margins.repository import MarginAnalysis
from api.reads import Reads
from api.registry import routes as registry
from api.request_log import PREFIX, RequestLog
from api.search import routes as search
from api.settings.routes import (
    api_keys,
    cloud_costs,
    contracts,
    costs,
    csv_files,
    delegations,
    exchange_rates,
    exclusions,
    installers,
    issuer,
    kpi,
    own_account,
    partners,
    rate_cards,
    resale,
    users,
)
from api.temporal import Temporal
from api.temporal_codec import routes as temporal_codec
from api.temporal_codec.cross_origin import CrossOrigin
from api.webhooks import routes as webhooks
from settings import Settings, load

DESCRIPTION = """
Invoices from draft to paid. Every invoice is one durable workflow. This API sends it commands and reads what the
workflow has saved.

* One item: `{"data": ..., "error": null}`. A list: `{"data": [...], "meta": {total, page, per_page}}`.
  An error: `{"data": null, "error": {code, message, request_id, details?}}`.
* Money and hours are texts with two decimals; dates are `YYYY-MM-DD`.
* Log in at `/api/v1/auth/login` and send `Authorization: Bearer <token>`.
* Send an `Idempotency-Key` with every request that creates or changes an invoice. When the answer is lost, repeat the
  request with the same key.
"""
TAGS = [
    {"name": "login", "description": "Exchanges username and password for a token; one's own password; logout."},
    {"name": "clients", "description": "Contracts, as ClickHouse has them."},
    {"name": "registry", "description": "Lists of invoices, open items, and files. It needs only PostgreSQL."},
    {"name": "search", "description": "Searches invoices, orders, contracts, quotes, bills and payables at once."},
    {"name": "dashboard", "description": "The finance dashboard: today, past days, and two days compared."},
    {"name": "payments", "description": "The payments of all invoices. They are recorded by commands."},
    {"name": "invoices", "description": "Preview, create and read invoices."},
    {"name": "commands", "description": "Change an invoice. A 409 names the commands that are allowed instead."},
    {"name": "orders", "description": "The orders of partners, their dockets, and everything before their invoice."},
    {"name": "reports", "description": "What installers are paid, and the margin of invoiced jobs; for managers."},
    {"name": "bills", "description": "Bills of cloud vendors: their files, lines and totals, and the push to finance."},
    {"name": "payables", "description": "Invoices of vendors: their import by other services, and their payment."},
    {"name": "calculator", "description": "Prices of deals; for those who see costs, what remains of them."},
    {"name": "margins", "description": "What remained of invoiced work; for those who see costs."},
    {
        "name": "quotes",
        "description": "Quotes: drafts, versions, links for clients, answers, and the terms they become.",
    },
    {"name": "signatures", "description": "What a person signs with E-IMZO, and the signature that is sent to Didox."},
    {
        "name": "settings",
        "description": "Settings of contracts, partners, the company and its users. Every change is recorded.",
    },
    {"name": "webhooks", "description": "Event types, and where other systems receive events."},
    {"name": "documents", "description": "The PDF and the audit trail."},
    {"name": "audit", "description": "The audit trail across invoices, and the check of its hash chains."},
    {"name": "temporal", "description": "Decodes and encodes payloads for the Temporal Web UI; no envelope."},
    {"name": "webhooks", "description": "Called by other systems, with a signature instead of a login."},
    {"name": "health", "description": "For probes; no login, no envelope."},
]

# In the order of the OpenAPI document. `csv_files` comes before the other settings, whose routes would take
# `/settings/{sheet}.csv` for one of their keys.
V1 = (
    access,
    own_account,
    clients,
    billing,
    registry,
    search,
    dashboard_routes,
    payment_routes,
    invoices,
    generation,
    generated_pages,
    line_routes,
    readiness_routes,
    order_routes,
    batch_routes,
    invoice_attachments,
    documents,
    collection_routes,
    history_routes,
    audit,
    command_routes,
    edit_previews,
    signatures,
    temporal_codec,
    csv_files,
    contracts,
    exclusions,
    partners,
    rate_cards,
    installers,
    kpi,
    cloud_costs,
    resale,
    costs,
    exchange_rates,
    issuer,
    users,
    api_keys,
    events,
    delegations,
    intake_routes,
    orders,
    attachment_routes,
    reports,
    bill_file_routes,
    figure_routes,
    bill_routes,
    bill_line_routes,
    import_routes,
    payable_routes,
    matching_routes,
    calculator,
    margins,
    quote_routes,
    quote_command_routes,
    webhooks,
)


# Probes of the machine itself use these names, whatever the names for clients are.
LOOPBACK = ("127.0.0.1", "localhost")


class Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document with all limits, and without FastAPI's 422: here a bad body is a 400.

        A route that answers 422 all the same documents it itself, with our envelope of errors.
        """
        if self.openapi_schema is None:
            schema = super().openapi()
            for path in schema["paths"].values():
                for operation in path.values():
                    if "HTTPValidationError" in str(operation["responses"].get("422")):
                        del operation["responses"]["422"]
            for name in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(name, None)
            problem_details.add_to(schema)
            event_schemas.add_to(schema)
            name_limits(schema)
        assert self.openapi_schema is not None
        return self.openapi_schema


def create_app(settings: Settings, clock: Callable[[], datetime] = utc_now) -> FastAPI:
    """Return the application. End the process when no secret for tokens is set."""
    tokens = Tokens(settings.auth)
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engines = Engines.at(settings.database_url.get_secret_value())
        reads = Reads.at(settings, engines.queries)
        attachments = Attachments.at(settings, engines.settings)
        bill_files = stored_bill_files.connect(settings.s3)
        # A connection of an earlier probe may have been closed by the server meanwhile, so none is kept.
        http = httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0))
        app.state.app_state = AppState(
            settings=settings,
            engines=engines,
            temporal=await Temporal.at(settings.temporal),
            archive=ArchiveAddresses(settings.s3),
            attachments=attachments,
            bill_files=bill_files,
            http=http,
            started=utc_now(),
            clock=clock,
        )
        app.state.metrics = metrics
        app.state.tokens = tokens
        app.state.passwords = Passwords()
        app.state.reads = reads
        app.state.margins = MarginAnalysis(engines.exports, reads)
        with metrics.served(settings.api.metrics_address, settings.api.metrics_port):
            yield
        reads.close()
        attachments.close()
        if bill_files:
            bill_files.close()
        await http.aclose()
        await engines.close()

    app = Api(
        title="Aktum",
        version=version(),
        description=DESCRIPTION,
        openapi_tags=TAGS,
        lifespan=lifespan,
        openapi_url="/openapi.json" if settings.api.docs else None,
        docs_url=None,  # `docs_page` adds it
        redoc_url=None,
        # Without it, the address of a redirect would come from the Host header, which anybody can write.
        redirect_slashes=False,
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
    )
    error_handlers.install(app, answer)
    pages.install(app)
    app.add_middleware(CrossOrigin, origin=settings.api.web_ui_origin)
    app.add_middleware(HeadRequests)
    if settings.api.hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*settings.api.hosts, *LOOPBACK], www_redirect=False)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestLog, metrics=metrics)
    for module in V1:
        app.include_router(module.router, prefix=PREFIX)
    app.include_router(health.router)
    pages.include_routes(app)
    if settings.api.docs:
        docs_page.install(app)
    return app


def from_environment() -> FastAPI:
    """Return the application that the environment describes: the factory that uvicorn calls.

    End the process if the database lacks migrations.
    """
    settings = load()
    json_logs.configure(settings.log_level)
    try:
        schema.require_migrated_at(settings.database_url.get_secret_value())
    except schema.SchemaOutdated as error:
        raise SystemExit(str(error)) from error
    app = create_app(settings)
    garbage_collection.settle()
    return app
