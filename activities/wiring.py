"""The activities of a worker, each with the clients it needs; what has no address in the settings gets none."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.accounting.shipments import Accounting
from activities.archive.archive import Archive
from activities.billing.drafting import Prefill
from activities.billing.existing_invoices import ExistingInvoices
from activities.billing.prepared_drafts import PrefilledDrafts
from activities.clients import object_store
from activities.clients.clickhouse.warehouse import Warehouse
from activities.clients.didox import client as didox
from activities.clients.didox.client import Didox
from activities.clients.mailbox_search import MailProbe
from activities.clients.planfact import client as planfact
from activities.clients.planfact.client import PlanFact
from activities.clients.smtp import Relay
from activities.contracts.terms_reader import ContractTermsReader
from activities.database.engine import EFFECTS, create_engine
from activities.delivery.einvoice import EInvoice
from activities.delivery.letters import Letters
from activities.delivery.mail import Mail
from activities.delivery.outgoing_mail import OutgoingMails
from activities.documents import gotenberg_renderer
from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.gotenberg_renderer import GotenbergRenderer
from activities.documents.renderer import Renderer
from activities.documents.rendering import Documents
from activities.documents.store import StoredDocuments
from activities.invoice.projection import Records
from activities.ledger.ledger import Ledger
from settings import Settings

Activities = list[Callable[..., Any]]


@asynccontextmanager
async def activities_of(settings: Settings) -> AsyncIterator[Activities]:
    """The clients are closed when the block ends."""
    async with AsyncExitStack() as stack:
        engine = create_engine(settings.database_url.get_secret_value())
        stack.push_async_callback(engine.dispose)
        for_effects = create_engine(settings.database_url.get_secret_value(), EFFECTS)
        stack.push_async_callback(for_effects.dispose)
        ledger, stored = Ledger(for_effects), StoredDocuments(engine)
        records = Records(engine)
        documents = Documents(await _renderer(settings, stack), stored)
        stack.callback(documents.close)
        prefill = _prefill(settings, engine, stack)
        archive = _archive(settings, stored, ledger)
        stack.callback(archive.close)
        accounting = await _accounting(settings, stored, ledger, stack)
        einvoice = await _einvoice(settings, stored, ledger, stack)
        mail = await _mail(settings, engine, stored, ledger, stack)
        yield [
            prefill.fetch_draft,
            prefill.prepare_batch,
            prefill.active_contracts,
            ExistingInvoices(engine).invoiced,
            records.take_number,
            records.project,
            documents.render,
            archive.store,
            archive.keep,
            accounting.post,
            accounting.reverse,
            einvoice.create,
            einvoice.await_signature,
            einvoice.await_answer,
            einvoice.cancel,
            mail.deliver,
            mail.notice,
            mail.remind,
        ]


def _prefill(settings: Settings, engine: AsyncEngine, stack: AsyncExitStack) -> Prefill:
    warehouse = Warehouse.at(settings.clickhouse.url.get_secret_value(), settings.clickhouse.timeout_seconds)
    stack.callback(warehouse.close)
    return Prefill(warehouse, ContractTermsReader(engine), PrefilledDrafts(engine))


async def _renderer(settings: Settings, stack: AsyncExitStack) -> Renderer:
    if settings.renderer == "gotenberg":
        http = gotenberg_renderer.connect(settings.gotenberg.url, settings.gotenberg.api_timeout_seconds)
        return GotenbergRenderer(await stack.enter_async_context(http))
    embedded = EmbeddedRenderer()
    stack.callback(embedded.close)
    return embedded


def _archive(settings: Settings, stored: StoredDocuments, ledger: Ledger) -> Archive:
    s3 = settings.s3
    client = object_store.connect(s3.url, s3.region, s3.access_key, s3.secret_key) if s3.url else None
    return Archive(client, s3.bucket, s3.public_url, stored, ledger)


async def _accounting(settings: Settings, stored: StoredDocuments, ledger: Ledger, stack: AsyncExitStack) -> Accounting:
    chosen = settings.planfact
    client = None
    if chosen.url:
        http = await stack.enter_async_context(planfact.connect(chosen.url, chosen.api_key, chosen.timeout_seconds))
        client = PlanFact(http, chosen.company_id)
    return Accounting(
        client,
        stored,
        ledger,
        hourly_product_id=chosen.hourly_product_id,
        support_product_id=chosen.support_product_id,
        category=chosen.income_category,
        settle=timedelta(seconds=chosen.settle_seconds),
    )


async def _einvoice(settings: Settings, stored: StoredDocuments, ledger: Ledger, stack: AsyncExitStack) -> EInvoice:
    chosen = settings.didox
    client = None
    if chosen.url:
        http = didox.connect(chosen.url, chosen.partner_token, chosen.timeout_seconds)
        client = Didox(await stack.enter_async_context(http), chosen.seller_tin, chosen.password)
    settle = timedelta(seconds=chosen.settle_seconds)
    return EInvoice(client, stored, ledger, measure_id=chosen.measure_id, settle=settle)


async def _mail(
    settings: Settings, engine: AsyncEngine, stored: StoredDocuments, ledger: Ledger, stack: AsyncExitStack
) -> Mail:
    smtp = settings.smtp
    relay, probe = None, None
    if smtp.host:
        relay = Relay(
            host=smtp.host,
            port=smtp.port,
            username=smtp.username,
            password=smtp.password,
            security=smtp.security,
            timeout_seconds=smtp.timeout_seconds,
        )
    if smtp.probe_url:
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=smtp.timeout_seconds))
        probe = MailProbe(http, smtp.probe_url)
    return Mail(
        relay,
        Letters(smtp.sender, smtp.reply_to),
        stored,
        ledger,
        OutgoingMails(engine),
        archive_url=settings.s3.public_url,
        has_arrived=probe,
    )
