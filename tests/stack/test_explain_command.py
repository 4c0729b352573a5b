"""`aktum explain`: an invoice is found by what people call it, and the exit code says whether its sums agree."""

import asyncio
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner, Result

import cli
import settings
from activities.invoice.projection import InvoiceProjection
from models.invoice.invoice import Invoice, Number
from tests.fixtures.database_invoices import content, invoice


@pytest.fixture(autouse=True)
def at_this_database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr(cli, "load", settings.load.__wrapped__)


async def kept(engine: AsyncEngine, seq: int, *, total: str = "15000000.00") -> Invoice:
    said = content(f"app-explain-{seq}")
    sums = said.totals.model_copy(update={"total_amount": Decimal(total)})
    number = Number(series="X", seq=seq, display=f"X-EXPLAIN-{seq}")
    made = invoice(content=said.model_copy(update={"totals": sums}), number=number)
    await InvoiceProjection(engine).project(made)
    return made


async def explained(name: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, cli.app, ["explain", name])


async def test_by_number_in_any_case_or_by_id(engine: AsyncEngine) -> None:
    made = await kept(engine, 1)
    for name in ("X-EXPLAIN-1", "x-explain-1", " X-EXPLAIN-1 ", made.id, made.workflow_id):
        told = await explained(name)
        assert (told.exit_code, "All sums agree." in told.output) == (0, True), told.output


async def test_a_sum_that_does_not_agree(engine: AsyncEngine) -> None:
    await kept(engine, 2, total="15000000.01")
    told = await explained("X-EXPLAIN-2")
    assert (told.exit_code, "Not all sums agree." in told.output) == (3, True)


@pytest.mark.parametrize("name", ["X-EXPLAIN-404", ""])
async def test_no_such_invoice(name: str) -> None:
    told = await explained(name)
    assert told.exit_code == 2
    assert f"there is no invoice '{name}'" in told.output
