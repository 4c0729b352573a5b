"""The result of the demo: a table, and the PDFs and `summary.json` in var/demo/."""

import hashlib
import json
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from local.demo.api_client import ApiClient
from local.engines import durable_files

STYLES = {"closed": "green", "void": "dim", "sent": "cyan", "needs_review": "yellow", "draft": ""}


async def documents_of(client: ApiClient, invoices: list[dict[str, Any]]) -> dict[str, bytes]:
    """Return the PDF of each invoice that has one, by invoice id."""
    return {invoice["id"]: await client.pdf(invoice["id"]) for invoice in invoices if invoice["document"]}


def write(invoices: list[dict[str, Any]], documents: dict[str, bytes], folder: Path) -> list[dict[str, Any]]:
    """Write the PDFs and the summary, replacing earlier ones, and return the summary: one dict for each invoice."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for old in (*folder.glob("*.pdf"), *folder.glob("summary.json")):
        old.unlink()
    summary = [_summarise(invoice, documents.get(invoice["id"]), folder) for invoice in sorted(invoices, key=_order)]
    text = json.dumps(summary, indent=2, ensure_ascii=False)
    durable_files.write(folder / "summary.json", f"{text}\n".encode())
    return summary


def _summarise(invoice: dict[str, Any], pdf: bytes | None, folder: Path) -> dict[str, Any]:
    path = folder / f"{invoice['display_number']}.pdf" if pdf else None
    if path and pdf:
        durable_files.write(path, pdf)
    return {
        "id": invoice["id"],
        "workflow_id": invoice["workflow_id"],
        "kind": invoice["kind"],
        "number": invoice["display_number"],
        "customer": invoice["customer"]["company_name"],
        "period": f"{invoice['period_start']}/{invoice['period_end']}",
        "status": invoice["status"],
        "milestone": invoice["milestone"],
        "overdue": invoice["overdue"],
        "total": invoice["total_amount"],
        "currency": invoice["currency"],
        "pdf": str(path) if path else None,
        "pdf_sha256": hashlib.sha256(pdf).hexdigest() if pdf else None,
        "archive_key": invoice["archived"]["key"] if invoice["archived"] else None,
        "effects": [
            {key: effect[key] for key in ("name", "state", "vendor_id", "attempts")} for effect in invoice["effects"]
        ],
    }


def table(summary: list[dict[str, Any]]) -> Table:
    shown = Table("Number", "Client", "Status", "Total", "", "Effects", box=None, header_style="dim")
    for row in summary:
        status = "overdue" if row["overdue"] else row["status"].replace("_", " ")
        shown.add_row(
            row["number"] or "–",
            row["customer"],
            Text(status, "red" if row["overdue"] else STYLES.get(row["status"], "")),
            Text(_grouped(row["total"]), justify="right"),
            row["currency"],
            Text(_effects(row["effects"]), "dim"),
        )
    shown.columns[3].justify = "right"
    return shown


def _grouped(amount: str) -> str:
    whole, cents = amount.split(".")
    return f"{int(whole):,}.{cents}".replace(",", " ")


def _effects(effects: list[dict[str, Any]]) -> str:
    done = sum(effect["state"] == "done" for effect in effects)
    other = [f"{effect['name']} {effect['state']}" for effect in effects if effect["state"] != "done"]
    return ", ".join([f"{done} done", *other]) if effects else ""


def _order(invoice: dict[str, Any]) -> tuple[bool, str, str]:
    return invoice["display_number"] is None, invoice["display_number"] or "", invoice["application_key"]
