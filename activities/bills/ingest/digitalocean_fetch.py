"""The activity that fetches the invoices of a month from DigitalOcean and stores each as a file.

The file holds what the API answers, without the name and the address of the account's owner. An invoice that has not
changed makes the same file, so a repeated fetch changes nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.bills.ingest.stored_bill_files import BillFiles
from activities.clients import decimal_json
from activities.clients.digitalocean import DigitalOcean, Item, Listed, Summary
from activities.clients.errors import ClientError, Permanent, RateLimited
from activities.runtime.heartbeats import progress_report
from models.bills.file_content import FileHints
from models.bills.ports import FETCH_INVOICES, FileToRead, InvoicesFetched, InvoiceToFetch
from models.values.failure_codes import Failure

PROVIDER = "digitalocean"
BY = "monthly fetch"


class DigitalOceanFetch:
    """Fetches bills; `accounts` are the clients by the names of the accounts."""

    def __init__(self, accounts: Mapping[str, DigitalOcean], files: BillFiles) -> None:
        self._accounts = accounts
        self._files = files

    @activity.defn(name=FETCH_INVOICES.name)
    async def fetch_invoices(self, wanted: InvoiceToFetch) -> InvoicesFetched:
        """Store the invoices of the month; none while the provider has made none. A preview is not fetched."""
        account = self._accounts.get(wanted.account)
        if account is None or wanted.provider != PROVIDER:
            raise ApplicationError(
                f"There is no token for the account {wanted.account} at {wanted.provider}; set "
                "AKTUM_DIGITALOCEAN__TOKEN and AKTUM_DIGITALOCEAN__ACCOUNT.",
                type=Failure.SWITCHED_OFF,
                non_retryable=True,
            )
        try:
            listed = [each for each in await account.invoices() if each.invoice_period == wanted.month]
            files = [await self._fetch(account, wanted.account, each) for each in listed]
        except ClientError as error:
            _fail(error)
        return InvoicesFetched(files=tuple(files))

    async def _fetch(self, account: DigitalOcean, name: str, invoice: Listed) -> FileToRead:
        report = progress_report()
        items = await account.items(invoice.invoice_uuid, lambda count: report("items fetched", count))
        summary = await account.summary(invoice.invoice_uuid)
        with TemporaryDirectory(prefix="aktum-bill-") as directory:
            path = Path(directory) / "invoice.json"
            path.write_text(decimal_json.dumps(invoice_file(invoice, items, summary)), encoding="utf-8")
            size = path.stat().st_size
            sha256 = await self._files.keep(path)
        number = invoice.invoice_id or None
        hints = FileHints(account=name, provider=PROVIDER, provider_invoice_id=invoice.invoice_uuid, number=number)
        name_of_file = f"digitalocean-{name}-{invoice.invoice_period}-{invoice.invoice_id or invoice.invoice_uuid}.json"
        return FileToRead(sha256=sha256, name=name_of_file, size=size, by=BY, hints=hints)


def invoice_file(invoice: Listed, items: list[Item], summary: Summary) -> list[dict[str, Any]]:
    """Return the content of the file: all items, the summary, and the invoice as it is listed."""
    return [
        {
            "invoice_items": [item.model_dump(mode="json", exclude_none=True) for item in items],
            "meta": {"total": len(items)},
        },
        summary.model_dump(mode="json", exclude_none=True),
        invoice.model_dump(mode="json"),
    ]


def _fail(error: ClientError) -> NoReturn:
    match error:
        case RateLimited():
            raise ApplicationError(
                error.message, type=RateLimited.__name__, next_retry_delay=error.retry_after
            ) from error
        case Permanent():
            raise ApplicationError(error.message, type=Failure.VENDOR_REFUSED, non_retryable=True) from error
        case _:
            raise error
