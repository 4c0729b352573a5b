"""The page of the DigitalOcean sandbox: the invoices of the account with their items."""

from local.sandboxes.digitalocean.invoices import Account
from local.sandboxes.pages.description import Column, Page, Row, Section, amount
from local.sandboxes.pages.sandbox_page import sandbox_page
from local.sandboxes.state import Record, SandboxState


def digitalocean_page(state: SandboxState, account: Account) -> Page:
    invoices = Section(
        title="Invoices",
        columns=(
            *(Column("Number", "id"), Column("UUID", "id"), Column("Month")),
            *(Column("Amount in USD", "amount"), Column("Tax", "amount"), Column("Items", "amount")),
        ),
        records=account.all,
        row=_row,
        empty="The account has no invoice.",
    )
    return sandbox_page(
        state,
        title="DigitalOcean",
        about="The billing API of a cloud provider: invoices, their items and their summaries.",
        note="`aktum bills fetch` reads an invoice from here. More invoices are added at /__sandbox/invoices.",
        sections=(invoices,),
    )


def _row(invoice: Record) -> Row:
    summary, items = invoice["summary"], invoice["invoice_items"]
    return Row(
        key=summary["invoice_uuid"],
        cells=(
            summary.get("invoice_id") or "–",
            summary["invoice_uuid"],
            summary["billing_period"],
            amount(summary["amount"]),
            amount((summary.get("taxes") or {}).get("amount")),
            str(len(items)),
        ),
        details="\n".join(f"{amount(each['amount'])}: {each['product']}, {each.get('description')}" for each in items),
    )
