"""The result of the demo: tables, and the PDFs and `summary.json` in var/demo/."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import RenderableType
from rich.table import Column, Table
from rich.text import Text

from local.demo.api_client import ApiClient
from local.demo.margins import MonthMargin
from local.demo.partner_jobs import PartnerMonth, Refused
from local.demo.quotes import QuotePlayed
from local.engines import durable_files
from models.values.money import Currency, plain, round_amount

STYLES = {
    "closed": "green",
    "void": "dim",
    "rejected": "dim",
    "sent": "cyan",
    "awaiting_payment": "cyan",
    "needs_review": "yellow",
    "draft": "",
}

UPLOADED = ("Uploaded", "AwaitingPayment", "Paid", "Closed")


class Played(NamedTuple):
    """What the demo has done: invoices, the partners' orders, the vendor bills, the month's margin, and the quote."""

    invoices: list[dict[str, Any]]
    partners: PartnerMonth
    bills: list[dict[str, Any]]
    margin: MonthMargin
    quote: QuotePlayed


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
    partner = invoice.get("partner")
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
        "due_date": invoice["due_date"],
        "orders": len(partner["order_keys"]) if partner else None,
        "replaces": partner["replaces"] if partner else None,
        "total": invoice["total_amount"],
        "currency": invoice["currency"],
        "pdf": str(path) if path else None,
        "pdf_sha256": hashlib.sha256(pdf).hexdigest() if pdf else None,
        "archive_key": invoice["archived"]["key"] if invoice["archived"] else None,
        "effects": [
            {key: effect[key] for key in ("name", "state", "vendor_id", "attempts")} for effect in invoice["effects"]
        ],
    }


def desk(described: Mapping[str, Any]) -> Text:
    """Return where the desk is once the stack runs again, and who signs in there to find something to do."""
    manager = next(user["username"] for user in described["users"] if user["role"] == "manager")
    return Text.assemble(
        ("\nDesk ", "bold"),
        f"{described['api']}/",
        (f"  after `aktum up`, as {manager}; the password is printed there\n", "dim"),
    )


def printed(played: Played) -> Iterator[RenderableType]:
    """Yield what is printed: invoices of contracts and of partners, orders, vendor bills, margin, and the quote."""
    yield _contracts([row for row in played.invoices if row["kind"] == "service"])
    yield ""
    of_partners = [row for row in played.invoices if row["kind"] == "partner"]
    yield _partners(of_partners)
    yield _replacements(of_partners)
    yield ""
    yield _orders(played.partners)
    yield ""
    yield _refused(played.partners.refused)
    yield ""
    yield _bills(played.bills)
    yield ""
    yield _margin(played.margin)
    yield Text("\n".join(played.margin.missing), "dim")
    yield ""
    yield _quote(played.quote)


def _contracts(rows: list[dict[str, Any]]) -> Table:
    shown = _table("Number", "Client", "Status", "Total", "", "Effects")
    for row in rows:
        amount = Text(_grouped(row["total"]), justify="right")
        effects = Text(_effects(row["effects"]), "dim")
        shown.add_row(row["number"] or "–", row["customer"], _status(row), amount, row["currency"], effects)
    _show_figures(shown.columns[3:4])
    return shown


def _partners(rows: list[dict[str, Any]]) -> Table:
    """Return the table of the partners' invoices. A due date counts from the upload."""
    shown = _table("Number", "Partner", "Jobs", "Status", "Total", "", "Due")
    shown.collapse_padding = True  # it fits 80 columns
    for row in rows:
        due = row["due_date"] if row["milestone"] in UPLOADED else ""
        amount = (_grouped(row["total"]), row["currency"])
        shown.add_row(row["number"] or "–", row["customer"], str(row["orders"]), _status(row), *amount, due)
    _show_figures((shown.columns[2], shown.columns[4]))
    return shown


def _replacements(rows: list[dict[str, Any]]) -> Text:
    numbers = {row["id"]: row["number"] for row in rows}
    listed = [f"{row['number']} replaces {numbers[row['replaces']]}." for row in rows if row["replaces"]]
    return Text("\n".join(listed), "dim")


def _orders(month: PartnerMonth) -> Table:
    shown = _table("Partner", "Orders", "Statuses")
    for partner, statuses in month.statuses.items():
        listed = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
        shown.add_row(partner, str(statuses.total()), listed)
    _show_figures(shown.columns[1:2])
    return shown


def _refused(refused: Sequence[Refused]) -> Table:
    shown = _table("Refused order", "Every reason")
    for each in refused:
        shown.add_row(each.order_key, Text("\n".join(each.reasons.values())))
    return shown


def _bills(bills: list[dict[str, Any]]) -> Table:
    """Return the table of the vendor bills, with their exact sums rounded to the currency."""
    shown = _table("Vendor bill", "Invoice", "Month", "Lines", "Tax", "Gross", "", "Finance")
    shown.collapse_padding = True
    for bill in bills:
        currency = Currency(bill["currency"])
        tax, gross = (plain(round_amount(Decimal(bill[name]), currency)) for name in ("tax", "gross"))
        invoice = bill["number"] or bill["provider_invoice_id"]
        row = (bill["provider"], invoice, bill["period_start"][:7], str(bill["line_count"]), tax, gross, currency.value)
        shown.add_row(*row, bill["finance"]["state"])
    _show_figures(shown.columns[3:6])
    return shown


def _quote(played: QuotePlayed) -> Table:
    """Return the table of the quote, with the amounts of what it became."""
    shown = _table("Quote", "Client", "Status", "Quoted", "Invoiced", "Left", "")
    shown.collapse_padding = True
    quote, sums = played.quote, played.invoiced
    amounts = (_grouped(sums[name]) for name in ("quoted", "invoiced", "left"))
    content = quote["content"]
    shown.add_row(quote["number"], content["customer"]["name"], quote["status"], *amounts, content["currency"])
    _show_figures(shown.columns[3:6])
    return shown


def _margin(margin: MonthMargin) -> Table:
    """Return the table of what remains of the invoices that are issued; the others are not revenue yet."""
    shown = _table(f"Margin of {margin.month}", "Revenue", "Costs", "Net margin", "%", "")
    shown.collapse_padding = True
    for row in margin.rows:
        shown.add_row(row["name"], *_margin_cells(row))
    for row in margin.totals:
        shown.add_row(Text(f"all in {row['currency']}", "bold"), *_margin_cells(row))
    _show_figures(shown.columns[1:5])
    shown.columns[0].no_wrap = False  # the names of contracts are long
    return shown


def _margin_cells(row: dict[str, Any]) -> tuple[str, ...]:
    cost = Decimal(row["direct_cost"]) + Decimal(row["overhead"])
    net = _grouped(row["net_margin"]) if row["net_margin"] is not None else "not known"
    return _grouped(row["revenue"]), _grouped(plain(cost)), net, row["net_percent"] or "", row["currency"]


def _table(*columns: str) -> Table:
    shown = Table(*columns, box=None, header_style="dim", pad_edge=False)
    shown.columns[0].no_wrap = True
    return shown


def _show_figures(columns: Iterable[Column]) -> None:
    """Align the numbers of the columns, each in one line."""
    for column in columns:
        column.justify, column.no_wrap = "right", True


def _status(row: dict[str, Any]) -> Text:
    if row["overdue"]:
        return Text("overdue", "red")
    return Text(row["status"].replace("_", " "), STYLES.get(row["status"], ""))


def _grouped(amount: str) -> str:
    return f"{Decimal(amount):,}".replace(",", " ")


def _effects(effects: list[dict[str, Any]]) -> str:
    done = sum(effect["state"] == "done" for effect in effects)
    other = [f"{effect['name']} {effect['state']}" for effect in effects if effect["state"] != "done"]
    return ", ".join([f"{done} done", *other]) if effects else ""


def _order(invoice: dict[str, Any]) -> tuple[bool, str, str]:
    return invoice["display_number"] is None, invoice["display_number"] or "", invoice["application_key"] or ""
