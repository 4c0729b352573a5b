"""Every public sample file is written to PostgreSQL with the totals of its description, to the last digit."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.bills.ingest.stored_bill_files import BillFiles
from activities.clients.stored_files import FileStore
from models.bills.ports import WriteOutcome
from models.values.currencies import Currency
from tests.activities.bills.test_public_bill_files import TOTALS
from tests.fixtures.ingested_bills import Ingest


@pytest.mark.parametrize(("name", "gross"), [(each[0], each[2]) for each in TOTALS], ids=[each[0] for each in TOTALS])
async def test_the_written_lines_have_the_totals_of_the_file(
    name: str, gross: str, public_data: Path, connect: Callable[..., AsyncEngine], bill_store: FileStore
) -> None:
    hints: dict[str, Any] = {"currency": Currency.USD} if name == "aws/cur2_4_rows.csv" else {}
    files = BillFiles(bill_store)
    ingest = Ingest(connect(), bill_store, files)
    content = await asyncio.to_thread((public_data / name).read_bytes)
    file = await ingest.upload(content, **hints)
    read = await ingest.read(file)
    outcomes = [await ingest.write(file, number) for number in range(read.bills)]
    files.close()
    assert {each.outcome for each in outcomes} == {WriteOutcome.CREATED}
    [lines] = await ingest.rows("SELECT count(*) AS n, sum(billed_cost) AS cost FROM vendor_bill_lines")
    assert (lines["n"], lines["cost"]) == (read.rows, Decimal(gross))
    [bills] = await ingest.rows("SELECT sum(line_count) AS n, sum(gross) AS gross FROM vendor_bills")
    assert (bills["n"], bills["gross"]) == (read.rows, Decimal(gross))
