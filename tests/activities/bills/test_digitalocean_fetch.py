"""The fetch of invoices from DigitalOcean into stored files, against its sandbox."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pydantic import SecretStr
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.bills.ingest.digitalocean_fetch import DigitalOceanFetch
from activities.clients import digitalocean
from activities.clients.digitalocean import DigitalOcean
from activities.clients.errors import Transient
from models.bills.ports import FileToRead, InvoicesFetched, InvoiceToFetch
from models.values.failure_codes import Failure
from tests.fixtures.ingested_bills import Ingest
from tests.fixtures.sandboxes import DIGITALOCEAN_TOKEN, Sandbox

APRIL = InvoiceToFetch(account="main", month="2026-04")


@pytest.fixture
async def fetch(digitalocean_sandbox: Sandbox, ingest: Ingest) -> AsyncIterator[DigitalOceanFetch]:
    async with (
        digitalocean.connect(digitalocean_sandbox.url, DIGITALOCEAN_TOKEN, 30) as http,
        digitalocean.connect(digitalocean_sandbox.url, SecretStr("revoked"), 30) as revoked,
    ):
        accounts = {"main": DigitalOcean(http, clock=lambda: 0.0), "old": DigitalOcean(revoked)}
        yield DigitalOceanFetch(accounts, ingest.files)


async def fetched(fetch: DigitalOceanFetch, wanted: InvoiceToFetch) -> InvoicesFetched:
    return await ActivityEnvironment().run(fetch.fetch_invoices, wanted)


async def test_the_invoice_of_a_month_becomes_a_bill_that_adds_up(fetch: DigitalOceanFetch, ingest: Ingest) -> None:
    """docs/specification/bills.md 2.2: 33 lines, gross 86.92, tax 7.90; the summary says the same."""
    [file] = (await fetched(fetch, APRIL)).files
    read = await ingest.read(file)
    assert (read.rows, read.bills, read.problems) == (33, 1, 0)
    written = await ingest.write(file)
    [row] = await ingest.rows("SELECT * FROM vendor_bills WHERE id = :id", id=written.bill_id)
    assert (row["gross_minor"], row["tax_minor"], row["net_minor"], row["adds_up"]) == (8692, 790, 7902, True)
    assert (row["account"], row["number"], row["status"]) == ("main", "512345678", "issued")


async def test_the_same_invoice_is_the_same_file_without_personal_data(
    fetch: DigitalOceanFetch, ingest: Ingest
) -> None:
    files: list[FileToRead] = []
    for _ in range(2):
        files += (await fetched(fetch, APRIL)).files
    assert files[0] == files[1]
    found = await ingest.store.get(f"bills/{files[0].sha256}")
    assert found is not None
    assert b"billing@example.com" not in found.content
    assert b"Example User" not in found.content


async def test_a_month_without_an_invoice_and_the_preview_make_no_file(
    fetch: DigitalOceanFetch, digitalocean_sandbox: Sandbox
) -> None:
    running = digitalocean_sandbox.admin("clock", {"seconds": 0})["now"][:7]
    for month in ("2026-03", running):
        assert await fetched(fetch, InvoiceToFetch(account="main", month=month)) == InvoicesFetched()


async def test_a_summary_that_differs_holds_the_bill(
    fetch: DigitalOceanFetch, ingest: Ingest, digitalocean_sandbox: Sandbox
) -> None:
    summary = {"invoice_uuid": "inv-differs", "invoice_id": "8", "billing_period": "2025-01", "amount": "2.00"}
    item = {"product": "Droplets", "description": "web (s)", "amount": "1.00", "start_time": "2025-01-01T00:00:00Z"}
    digitalocean_sandbox.admin("invoices", {"summary": summary, "invoice_items": [item]})
    [file] = (await fetched(fetch, InvoiceToFetch(account="main", month="2025-01"))).files
    await ingest.read(file)
    written = await ingest.write(file)
    [row] = await ingest.rows("SELECT adds_up, gross FROM vendor_bills WHERE id = :id", id=written.bill_id)
    assert (row["adds_up"], row["gross"]) == (False, 1)


@pytest.mark.parametrize("kind", ["reset_before", "html_502", "malformed_body"])
async def test_a_fault_is_repeated(fetch: DigitalOceanFetch, digitalocean_sandbox: Sandbox, kind: str) -> None:
    digitalocean_sandbox.fault(kind, path="/summary")
    with pytest.raises(Transient):
        await fetched(fetch, APRIL)
    assert len((await fetched(fetch, APRIL)).files) == 1


async def test_a_limit_names_the_pause(fetch: DigitalOceanFetch, digitalocean_sandbox: Sandbox) -> None:
    digitalocean_sandbox.fault("status", status=429)
    with pytest.raises(ApplicationError) as limited:
        await fetched(fetch, APRIL)
    assert (limited.value.next_retry_delay, limited.value.non_retryable) == (timedelta(hours=1), False)


@pytest.mark.parametrize(("account", "failure"), [("old", Failure.VENDOR_REFUSED), ("none", Failure.SWITCHED_OFF)])
async def test_a_wrong_account_ends_the_fetch(fetch: DigitalOceanFetch, account: str, failure: str) -> None:
    with pytest.raises(ApplicationError) as refused:
        await fetched(fetch, InvoiceToFetch(account=account, month="2026-04"))
    assert (refused.value.type, refused.value.non_retryable) == (failure, True)
