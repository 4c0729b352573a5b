"""Reading files and writing bills on a real PostgreSQL: versions, diffs, refusals, and what is repeated."""

import asyncio
from decimal import Decimal
from uuid import uuid4

import pytest

from models.bills.ports import WriteOutcome
from tests.fixtures.ingested_bills import Ingest, digitalocean_csv, droplet, tax

WEB, API, GST = droplet("web-1", "12.00"), droplet("api-1", "6.00"), tax("1.80")


@pytest.fixture
def invoice_id() -> str:
    return f"0f9d1c1e-{uuid4().hex[:12]}"


async def test_a_file_becomes_a_bill_with_its_lines(ingest: Ingest, invoice_id: str) -> None:
    """12.00 + 6.00 = 18.00 net, with 1.80 tax 19.80 gross."""
    written = await ingest.ingest(digitalocean_csv([WEB, API, GST], invoice_id), provider_invoice_id=invoice_id)
    assert (written.outcome, written.version, written.line_count) == (WriteOutcome.CREATED, 1, 3)
    assert (written.gross, written.currency, written.period) == ("19.8", "USD", "2026-04")
    assert written.bill_id is not None
    [row] = await ingest.rows("SELECT * FROM vendor_bills WHERE id = :id", id=written.bill_id)
    assert (row["net"], row["tax"], row["gross"]) == (Decimal("18.00"), Decimal("1.80"), Decimal("19.80"))
    assert (row["net_minor"], row["tax_minor"], row["gross_minor"]) == (1800, 180, 1980)
    assert (row["push_state"], row["version"], row["done_at"]) == ("pending", 1, None)
    assert await ingest.sum_of(written.bill_id, 1) == (3, Decimal("19.80"))


async def test_the_same_file_changes_nothing(ingest: Ingest, invoice_id: str) -> None:
    content = digitalocean_csv([WEB, GST], invoice_id)
    first = await ingest.ingest(content, provider_invoice_id=invoice_id)
    again = await ingest.ingest(content, provider_invoice_id=invoice_id)
    assert (again.outcome, again.version, again.bill_id) == (WriteOutcome.UNCHANGED, 1, first.bill_id)
    versions = await ingest.rows("SELECT version FROM vendor_bill_versions WHERE bill_id = :id", id=first.bill_id)
    assert len(versions) == 1


async def test_a_corrected_file_makes_a_new_version_with_a_diff(ingest: Ingest, invoice_id: str) -> None:
    """api-1 becomes dearer by 1.00, a line of 3.00 is new: 19.80 + 1.00 + 3.00 = 23.80."""
    first = await ingest.ingest(digitalocean_csv([WEB, API, GST], invoice_id), provider_invoice_id=invoice_id)
    corrected = digitalocean_csv([WEB, droplet("api-1", "7.00"), droplet("db-1", "3.00"), GST], invoice_id)
    second = await ingest.ingest(corrected, provider_invoice_id=invoice_id)
    assert (second.outcome, second.version, second.bill_id) == (WriteOutcome.CORRECTED, 2, first.bill_id)
    [row] = await ingest.rows(
        "SELECT diff FROM vendor_bill_versions WHERE bill_id = :id AND version = 2", id=first.bill_id
    )
    diff = row["diff"]
    assert (diff["from_version"], diff["to_version"]) == (1, 2)
    assert (Decimal(diff["gross"]["before"]), Decimal(diff["gross"]["after"])) == (Decimal("19.8"), Decimal("23.8"))
    assert (diff["lines_before"], diff["lines_after"]) == (3, 4)
    assert diff["counts"] == {"added": 1, "removed": 0, "changed": 1}
    shown = [(line["change"], Decimal(line["before"] or 0), Decimal(line["after"])) for line in diff["lines"]]
    assert shown == [("added", Decimal(0), Decimal(3)), ("changed", Decimal(6), Decimal(7))]
    assert first.bill_id is not None
    assert await ingest.sum_of(first.bill_id, 1) == (3, Decimal("19.80"))
    assert await ingest.sum_of(first.bill_id, 2) == (4, Decimal("23.80"))


async def test_an_earlier_file_of_the_bill_does_not_bring_it_back(ingest: Ingest, invoice_id: str) -> None:
    old, new = digitalocean_csv([WEB, GST], invoice_id), digitalocean_csv([WEB, API, GST], invoice_id)
    for content in (old, new):
        await ingest.ingest(content, provider_invoice_id=invoice_id)
    again = await ingest.ingest(old, provider_invoice_id=invoice_id)
    assert (again.outcome, again.version) == (WriteOutcome.UNCHANGED, 2)


async def test_a_file_with_fewer_rows_is_refused_and_says_so(ingest: Ingest, invoice_id: str) -> None:
    first = await ingest.ingest(digitalocean_csv([WEB, API, GST], invoice_id), provider_invoice_id=invoice_id)
    file = await ingest.upload(digitalocean_csv([WEB, GST], invoice_id), provider_invoice_id=invoice_id)
    await ingest.read(file)
    refused = await ingest.write(file)
    assert (refused.outcome, refused.bill_id) == (WriteOutcome.REFUSED, first.bill_id)
    assert refused.note is not None
    assert "has 3 lines, and this file has only 2" in refused.note
    [head] = await ingest.rows("SELECT outcome, note FROM bill_file_heads WHERE file_sha256 = :s", s=file.sha256)
    assert head == {"outcome": "refused", "note": refused.note}
    [row] = await ingest.rows("SELECT version FROM vendor_bills WHERE id = :id", id=first.bill_id)
    assert row["version"] == 1


async def test_another_account_for_the_same_invoice_is_refused(ingest: Ingest, invoice_id: str) -> None:
    await ingest.ingest(digitalocean_csv([WEB, GST], invoice_id), provider_invoice_id=invoice_id, account="main")
    other = digitalocean_csv([WEB, API, GST], invoice_id)
    refused = await ingest.ingest(other, provider_invoice_id=invoice_id, account="second")
    assert refused.outcome is WriteOutcome.REFUSED
    assert refused.note is not None
    assert "belongs to the account main" in refused.note


async def test_a_file_that_is_read_again_without_a_difference_makes_no_version(ingest: Ingest, invoice_id: str) -> None:
    file = await ingest.upload(digitalocean_csv([WEB, API, GST], invoice_id), provider_invoice_id=invoice_id)
    await ingest.read(file)
    first = await ingest.write(file)
    await ingest.read(file.model_copy(update={"again": True}))
    again = await ingest.write(file, again=True)
    assert (again.outcome, again.version) == (WriteOutcome.UNCHANGED, 1)
    assert first.bill_id is not None
    assert await ingest.sum_of(first.bill_id, 2) == (0, None)


async def test_a_file_that_is_read_again_with_a_hint_makes_a_version(ingest: Ingest, invoice_id: str) -> None:
    file = await ingest.upload(digitalocean_csv([WEB, API, GST], invoice_id), provider_invoice_id=invoice_id)
    await ingest.read(file)
    await ingest.write(file)
    hints = file.hints.model_copy(update={"number": "512345678"})
    await ingest.read(file.model_copy(update={"again": True, "hints": hints}))
    again = await ingest.write(file, again=True)
    assert (again.outcome, again.version, again.number) == (WriteOutcome.CORRECTED, 2, "512345678")
    [row] = await ingest.rows(
        "SELECT diff FROM vendor_bill_versions WHERE bill_id = :id AND version = 2", id=again.bill_id
    )
    assert row["diff"]["fields"] == ["number"]
    assert row["diff"]["counts"] == {"added": 0, "removed": 0, "changed": 0}


async def test_an_open_bill_is_voided_when_its_file_is_read_again_with_the_invoice_id(
    ingest: Ingest, invoice_id: str
) -> None:
    """So the cost of 19.80 stands on one bill."""
    file = await ingest.upload(digitalocean_csv([WEB, API, GST], invoice_id), account=invoice_id)
    await ingest.read(file)
    opened = await ingest.write(file)
    hints = file.hints.model_copy(update={"provider_invoice_id": invoice_id})
    await ingest.read(file.model_copy(update={"again": True, "hints": hints}))
    invoice = await ingest.write(file, again=True)
    assert (invoice.outcome, invoice.gross) == (WriteOutcome.CREATED, "19.8")
    [row] = await ingest.rows("SELECT * FROM vendor_bills WHERE id = :id", id=opened.bill_id)
    assert (row["status"], row["push_state"], row["state"]["status"]) == ("voided", "held", "voided")
    assert invoice_id in row["push_note"]
    rest = await ingest.rows(
        "SELECT id FROM vendor_bills WHERE account = :account AND status <> 'voided'", account=invoice_id
    )
    assert [each["id"] for each in rest] == [invoice.bill_id]


async def test_an_open_bill_stays_when_the_invoice_that_would_replace_it_is_refused(
    ingest: Ingest, invoice_id: str
) -> None:
    """The invoice id that is given belongs to another account, so nothing is written and no cost may vanish."""
    await ingest.ingest(digitalocean_csv([WEB, GST], f"{invoice_id}-other"), provider_invoice_id=invoice_id)
    file = await ingest.upload(digitalocean_csv([WEB, API, GST], invoice_id), account=invoice_id)
    await ingest.read(file)
    opened = await ingest.write(file)
    hints = file.hints.model_copy(update={"provider_invoice_id": invoice_id})
    await ingest.read(file.model_copy(update={"again": True, "hints": hints}))
    assert (await ingest.write(file, again=True)).outcome is WriteOutcome.REFUSED
    [row] = await ingest.rows("SELECT status FROM vendor_bills WHERE id = :id", id=opened.bill_id)
    assert row["status"] == "open"


async def test_an_open_bill_may_lose_lines_that_are_invoiced(ingest: Ingest, invoice_id: str) -> None:
    first = await ingest.ingest(digitalocean_csv([WEB, API, GST], invoice_id), account=invoice_id)
    second = await ingest.ingest(digitalocean_csv([WEB], invoice_id), account=invoice_id)
    assert second.note is None
    assert (second.outcome, second.bill_id, second.gross) == (WriteOutcome.CORRECTED, first.bill_id, "12")


async def test_a_file_that_is_no_bill_is_kept_with_the_reason(ingest: Ingest) -> None:
    file = await ingest.upload(f"name,price,{uuid4().hex}\nweb,12\n".encode())
    read = await ingest.read(file)
    assert read.refusal is not None
    assert "name, price" in read.refusal
    [row] = await ingest.rows("SELECT refusal, rows FROM bill_files WHERE sha256 = :s", s=file.sha256)
    assert row == {"refusal": read.refusal, "rows": 0}


async def test_simultaneous_writes_of_one_bill_make_one_version_each(ingest: Ingest, invoice_id: str) -> None:
    """Two workflows of two accounts can meet; here one file is written by both."""
    file = await ingest.upload(digitalocean_csv([WEB, API, GST], invoice_id), provider_invoice_id=invoice_id)
    await ingest.read(file)
    outcomes = await asyncio.gather(*(ingest.write(file) for _ in range(4)))
    assert sorted(each.outcome for each in outcomes) == ["created", "unchanged", "unchanged", "unchanged"]


async def test_a_file_is_read_once(ingest: Ingest, invoice_id: str) -> None:
    content = digitalocean_csv([WEB, API], invoice_id)
    file = await ingest.upload(content, provider_invoice_id=invoice_id)
    first = await ingest.read(file)
    [before] = await ingest.rows("SELECT lines_key FROM bill_files WHERE sha256 = :s", s=file.sha256)
    other_hints = file.hints.model_copy(update={"number": "7"})
    assert await ingest.read(file.model_copy(update={"hints": other_hints})) == first
    [after] = await ingest.rows("SELECT lines_key FROM bill_files WHERE sha256 = :s", s=file.sha256)
    assert before == after
