"""The page of the finance sandbox: its invoices and vendors, and the button of a person who locks an invoice."""

from decimal import Decimal

from local.sandboxes.pages.description import Action, Column, Form, Page, Pill, Row, Section, amount
from local.sandboxes.pages.sandbox_page import sandbox_page
from local.sandboxes.state import Record, SandboxState
from models.values.currencies import MINOR_UNITS, Currency


def _locked(_: Form) -> dict[str, bool]:
    return {"locked": True}


def _unlocked(_: Form) -> dict[str, bool]:
    return {"locked": False}


PATH = "/__sandbox/invoices/{invoice_id}/lock"
LOCK = Action("lock-invoice", "Lock", PATH, "The invoice was locked.", body=_locked)
UNLOCK = Action("unlock-invoice", "Unlock", PATH, "The invoice was unlocked.", body=_unlocked)


def finance_page(state: SandboxState) -> Page:
    invoices = Section(
        title="Invoices of vendors",
        columns=(
            *(Column("Id", "id"), Column("Tenant"), Column("Source"), Column("External id", "id"), Column("Vendor")),
            *(Column("Gross", "amount"), Column("Tax", "amount"), Column("Currency"), Column("State")),
        ),
        records=lambda: state.all("invoice"),
        row=_invoice,
        empty="No invoice was imported yet. A vendor's bill that is issued and adds up is pushed here.",
    )
    vendors = Section(
        title="Vendors",
        columns=(Column("Name"), Column("Category"), Column("Tenant")),
        records=lambda: state.all("vendor"),
        row=_vendor,
        empty="The first invoice of a vendor makes it.",
    )
    return sandbox_page(
        state,
        title="Finance",
        about="A finance service that imports the invoices of cloud vendors, once for each key.",
        note="Aktum's own finance side has the same contract; the stack pushes bills there unless "
        "AKTUM_FINANCE__URL names this sandbox.",
        sections=(invoices, vendors),
        row_actions=(LOCK, UNLOCK),
    )


def _invoice(record: Record) -> Row:
    content = record["content"]
    digits = MINOR_UNITS[Currency(content["currency"])]
    gross, tax = (amount(Decimal(content[name]).scaleb(-digits)) for name in ("amount_gross_minor", "amount_tax_minor"))
    return Row(
        key=record["invoice_id"],
        cells=(
            *(record["invoice_id"], record["tenant_id"], record["source"], record["external_id"], record["vendor"]),
            *(gross, tax, content["currency"]),
            Pill("locked", "amber") if record["locked"] else Pill(record["actions"][-1], "green"),
        ),
        details="\n".join(f"{line['amount']} {line['product']}: {line['description']}" for line in content["lines"]),
        actions=(UNLOCK,) if record["locked"] else (LOCK,),
    )


def _vendor(record: Record) -> Row:
    return Row(key=record["name"], cells=(record["name"], record["category"], record["tenant_id"]))
