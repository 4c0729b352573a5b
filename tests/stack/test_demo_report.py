"""What the demo leaves behind can be read by its owner alone, and what it prints fits a terminal."""

from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console

from local.demo.margins import MonthMargin
from local.demo.partner_jobs import PartnerMonth, Refused
from local.demo.quotes import QuotePlayed
from local.demo.report import Played, desk, printed, write

INVOICE: dict[str, Any] = {
    **dict.fromkeys(("workflow_id", "kind", "status", "milestone", "overdue", "currency"), ""),
    "id": "i1",
    "display_number": "ACT-1",
    "application_key": "APP-001",
    "due_date": None,
    "total_amount": "1.00",
    "customer": {"company_name": "ACME"},
    "period_start": "",
    "period_end": "",
    "archived": None,
    "effects": [],
}


def test_files_of_the_demo_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir(mode=0o755)
    (folder / "summary.json").touch(mode=0o644)
    write([INVOICE], {"i1": b"%PDF"}, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["ACT-1.pdf", "summary.json"]
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in (folder, *folder.iterdir())} == {
        "demo": "0o700",
        "ACT-1.pdf": "0o600",
        "summary.json": "0o600",
    }


def test_the_desk_is_named_with_who_signs_in() -> None:
    users = [{"username": "marat", "role": "manager", "password": "secret"}, {"username": "anna", "role": "admin"}]
    told = desk({"api": "http://127.0.0.1:8000", "users": users}).plain
    assert "http://127.0.0.1:8000/" in told
    assert "as marat" in told
    assert "secret" not in told


def of_partner(number: str, **changes: Any) -> dict[str, Any]:
    """Return the summary of an invoice of U Mobile."""
    usual = {
        "id": number,
        "kind": "partner",
        "number": number,
        "customer": "U Mobile",
        "orders": 7,
        "status": "awaiting_payment",
        "milestone": "AwaitingPayment",
        "overdue": False,
        "total": "12345.00",
        "currency": "MYR",
        "due_date": "2026-03-15",
        "replaces": None,
    }
    return usual | changes


# The bill of the seed: 33 lines, 86.92 with tax of 7.90.
BILL = {
    "provider": "digitalocean",
    "provider_invoice_id": "uuid",
    "number": "512345678",
    "period_start": "2026-04-01",
    "line_count": 33,
    "tax": "7.9",
    "gross": "86.92",
    "currency": "USD",
    "finance": {"state": "pushed"},
}

# The quote of the demo, whose deposit is invoiced.
QUOTE = QuotePlayed(
    quote={
        "number": "Q-2026-1",
        "status": "accepted",
        "content": {"customer": {"name": "Blue Harbor Shipping Ltd"}, "currency": "USD"},
    },
    invoice={},
    invoiced={"quoted": "12300.00", "invoiced": "3690.00", "left": "8610.00"},
)


# 15,825,000.00 - 9,600,000.00 - 2,310,000.00 = 3,915,000.00.
ROW = {
    "name": "Acme Support",
    "currency": "UZS",
    "revenue": "15825000.00",
    "direct_cost": "9600000.00",
    "overhead": "2310000.00",
    "net_margin": "3915000.00",
    "net_percent": "24.74",
}
UNKNOWN = ROW | {"name": "Silk Caravan, operations", "net_margin": None, "net_percent": None}
MARGIN = MonthMargin("February 2026", [ROW, UNKNOWN], [UNKNOWN], ["Nodira (acc-09) has no cost rate on 2026-02-02."])


def test_partner_invoices_and_refused_orders_fit_80_columns() -> None:
    rejected = of_partner("UMOBILE-202602-00001", status="rejected", milestone="Rejected")
    again = of_partner("UMOBILE-202602-00002", replaces=rejected["id"])
    refused = Refused("TIME-202601-901", "TIME", {"ttkt_missing": "No ticket.", "awo_missing": "No AWO."})
    partners = PartnerMonth({"UMOBILE": Counter({"Completed": 7})}, [refused])
    played = Played([rejected, again], partners, [BILL], MARGIN, QUOTE)
    console = Console(width=80, no_color=True)
    with console.capture() as capture:
        for part in printed(played):
            console.print(part)
    lines = [" ".join(line.split()) for line in capture.get().splitlines()]
    assert "UMOBILE-202602-00001 U Mobile 7 rejected 12 345.00 MYR" in lines
    assert "UMOBILE-202602-00002 U Mobile 7 awaiting payment 12 345.00 MYR 2026-03-15" in lines
    assert "UMOBILE-202602-00002 replaces UMOBILE-202602-00001." in lines
    assert "UMOBILE 7 7 Completed" in lines
    assert lines[lines.index("TIME-202601-901 No ticket.") + 1] == "No AWO."
    assert "digitalocean 512345678 2026-04 33 7.90 86.92 USD pushed" in lines
    assert "Acme Support 15 825 000.00 11 910 000.00 3 915 000.00 24.74 UZS" in lines
    assert "Silk Caravan, operations 15 825 000.00 11 910 000.00 not known UZS" in lines
    assert "Nodira (acc-09) has no cost rate on 2026-02-02." in lines
    assert "Q-2026-1 Blue Harbor Shipping Ltd accepted 12 300.00 3 690.00 8 610.00 USD" in lines
