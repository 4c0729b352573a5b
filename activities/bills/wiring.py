"""The activities of vendor bills: the push to finance, and those of the queue of bills."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.bills import matching_wiring
from activities.bills.file_reader import ReaderLimits
from activities.bills.finance_push import FinancePush
from activities.bills.ingest.bill_writer import BillWriter
from activities.bills.ingest.digitalocean_fetch import DigitalOceanFetch
from activities.bills.ingest.file_ingest import FileIngest
from activities.bills.ingest.stored_bill_files import BillFiles, connect
from activities.clients import digitalocean, finance
from activities.clients.digitalocean import DigitalOcean
from activities.clients.finance import Finance, Identity
from activities.database.engine import BULK, create_engine
from activities.ledger.ledger import Ledger
from settings import FinanceSettings, Settings


async def activities(
    settings: Settings, engine: AsyncEngine, ledger: Ledger, stack: AsyncExitStack
) -> list[Callable[..., Any]]:
    """Return the activities of this domain; `stack` closes their client. Without an address there is no client."""
    configured, client = settings.finance, None
    if configured.url:
        http = finance.connect(configured.url, configured.timeout_seconds)
        client = Finance(await stack.enter_async_context(http), identity_of(configured))
    return [FinancePush(engine, ledger, client).push]


async def bulk_activities(settings: Settings, stack: AsyncExitStack) -> list[Callable[..., Any]]:
    """Return the activities that read and write whole files and bills; `stack` closes their clients."""
    engine = create_engine(settings.database_url.get_secret_value(), BULK)
    stack.push_async_callback(engine.dispose)
    files = BillFiles(connect(settings.s3))
    stack.callback(files.close)
    given = settings.digitalocean
    accounts = {}
    for name, token in given.accounts.items():
        http = await stack.enter_async_context(digitalocean.connect(given.url, token, given.timeout_seconds))
        accounts[name] = DigitalOcean(http)
    limits = ReaderLimits(settings.bill_reader.memory_mib, settings.bill_reader.threads)
    ingest, writer = FileIngest(engine, files, limits), BillWriter(engine, files)
    fetch = DigitalOceanFetch(accounts, files)
    return [
        fetch.fetch_invoices,
        ingest.read_file,
        ingest.start_bills,
        writer.write_bill,
        writer.find_bill,
        writer.record_done,
        *matching_wiring.activities(settings, engine),
    ]


def identity_of(configured: FinanceSettings) -> Identity:
    """Return the identity of the settings, which have a secret."""
    assert configured.jwt_secret is not None, "required with the address"
    return Identity(
        secret=configured.jwt_secret,
        algorithm=configured.jwt_algorithm,
        issuer=configured.issuer,
        audience=configured.token_audience,
        tenant=configured.tenant,
        roles=tuple(configured.role_names),
        lifetime=timedelta(seconds=configured.lifetime_seconds),
    )
