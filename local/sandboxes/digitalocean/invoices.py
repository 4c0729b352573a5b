"""The invoices of the sandbox's account, and the CSV of one of them.

The invoice of April 2026 is invented; its sums are those of docs/specification/bills.md 2.2.
"""

import csv
import io
from pathlib import Path
from typing import Any

from activities.clients import decimal_json
from local.sandboxes.state import Record, SandboxState

PREVIEW = "preview"
APRIL = Path(__file__).with_name("invoice_2026_04.json")
_COLUMNS = ("product", "group_description", "description", "hours", "start", "end", "USD", "project_name", "category")


class Account:
    """The invoices of one account. The built-in one is there until `clear`, or until another one has its UUID."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state
        self._april: Record = decimal_json.loads(APRIL.read_text(encoding="utf-8"))

    def all(self) -> list[Record]:
        """Return the invoices, the newest month first."""
        found = {each["summary"]["invoice_uuid"]: each for each in self._state.all("invoice")}
        if not self._state.get("account", "cleared"):
            found.setdefault(self._april["summary"]["invoice_uuid"], self._april)
        return sorted(found.values(), key=lambda each: str(each["summary"]["billing_period"]), reverse=True)

    def find(self, invoice_uuid: str) -> Record | None:
        return next((each for each in self.all() if each["summary"]["invoice_uuid"] == invoice_uuid), None)

    def put(self, invoice: Record) -> None:
        self._state.put("invoice", invoice["summary"]["invoice_uuid"], invoice)

    def clear(self) -> None:
        self._state.put("account", "cleared", {"at": self._state.now().isoformat()})

    def preview(self) -> Record:
        """Return the running month, which is no invoice: so far one line of one dollar."""
        month = f"{self._state.now():%Y-%m}"
        item = {
            "product": "Droplets",
            "resource_id": "400000",
            "description": "web-1 (s-1vcpu-2gb)",
            "amount": "1.00",
            "duration": "60",
            "duration_unit": "Hours",
            "start_time": f"{month}-01T00:00:00Z",
            "end_time": f"{month}-03T12:00:00Z",
            "project_name": "shop",
            "category": "iaas",
        }
        summary = {
            "invoice_uuid": "0f9d1c1e-0000-4000-8000-00000000feed",
            "invoice_id": "",
            "billing_period": month,
            "amount": "1.00",
            "taxes": {"name": "Taxes", "amount": "0.00"},
        }
        return {"summary": summary, "invoice_items": [item]}


def csv_of(invoice: dict[str, Any]) -> str:
    """Return the invoice as the file that DigitalOcean offers."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for item in invoice["invoice_items"]:
        amount = str(item["amount"])
        money = f"-${amount[1:]}" if amount.startswith("-") else f"${amount}"
        rows.writerow(
            [
                item["product"],
                item.get("group_description") or "",
                item.get("description") or "",
                item.get("duration") or "",
                _csv_moment(item.get("start_time")),
                _csv_moment(item.get("end_time")),
                money,
                item.get("project_name") or "",
                item.get("category") or "",
            ]
        )
    return text.getvalue()


def _csv_moment(moment: str | None) -> str:
    return moment.replace("T", " ").replace("Z", " +0000") if moment else ""
