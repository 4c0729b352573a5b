"""The activities of vendor bills, for the worker of their own queue and for the others."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from activities.bills.ingest.bill_writer import BillWriter
from activities.bills.ingest.digitalocean_fetch import DigitalOceanFetch
from activities.bills.ingest.file_ingest import FileIngest
from activities.bills.ingest.stored_bill_files import BillFiles, connect
from activities.clients import digitalocean
from activities.clients.digitalocean import DigitalOcean
from activities.database.engine import BULK, create_engine
from settings import Settings


async def bulk_activities(settings: Settings, stack: AsyncExitStack) -> list[Callable[..., Any]]:
    """Return the activities that read and write whole files; `stack` closes their clients."""
    engine = create_engine(settings.database_url.get_secret_value(), BULK)
    stack.push_async_callback(engine.dispose)
    files = BillFiles(connect(settings.s3))
    stack.callback(files.close)
    given = settings.digitalocean
    accounts = {}
    for name, token in given.accounts.items():
        http = await stack.enter_async_context(digitalocean.connect(given.url, token, given.timeout_seconds))
        accounts[name] = DigitalOcean(http)
    fetch, ingest, writer = DigitalOceanFetch(accounts, files), FileIngest(engine, files), BillWriter(engine, files)
    return [
        fetch.fetch_invoices,
        ingest.read_file,
        ingest.start_bills,
        writer.write_bill,
        writer.find_bill,
        writer.record_done,
    ]
