"""The part of the demo with the bills of cloud vendors: one is fetched, one file is uploaded, and finance gets both."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.client import Client

from local.demo.api_client import ApiClient, until
from local.demo.scenario import ReportStep
from workflows.bills.messages import FetchStart
from workflows.client import bills

FOCUS_FILE = Path(__file__).parents[1] / "demo_data" / "bills" / "aws_focus_2026_09.csv.gz"
PROVIDER, ACCOUNT, MONTH = "digitalocean", "main", "2026-04"
APRIL = "0f9d1c1e-0000-4000-8000-202604000001"  # as the sandbox of DigitalOcean names it
# The bill of DigitalOcean, and the invoice and the correction of the file.
BILLS = frozenset({APRIL, "EXMP-2026-0091", "EXMP-2026-0092"})


@dataclass(frozen=True)
class VendorBills:
    """The steps. A repetition changes nothing: what was read before is read as it is."""

    editor: ApiClient
    temporal: Client
    report_step: ReportStep

    async def run(self) -> list[dict[str, Any]]:
        """Run the steps, and return the bills with the payables that finance has made of them."""
        self.report_step(f"The DigitalOcean bill of {MONTH} is fetched, a FOCUS file of AWS is uploaded")
        await (await bills.fetch(self.temporal, FetchStart(provider=PROVIDER, account=ACCOUNT, month=MONTH))).result()
        await self.editor.upload_bills(FOCUS_FILE.name, FOCUS_FILE.read_bytes())
        self.report_step("Both are matched, compared with the month before, and pushed to finance")
        return list(await until(self._bills, _are_done, "the bills to reach finance"))

    async def _bills(self) -> list[dict[str, Any]]:
        return [bill for bill in await self.editor.vendor_bills() if bill["provider_invoice_id"] in BILLS]


def _are_done(found: list[dict[str, Any]]) -> bool:
    return len(found) == len(BILLS) and all(bill["is_done"] for bill in found)
