"""`aktum explain` finds an invoice by number or id, and its exit code states whether the sums agree."""

import asyncio
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner, Result

import cli
import settings
from activities.invoice.projection import InvoiceProjection
from models.invoice.invoice import Invoice, Number
from operations import connections
from tests.fixtures.database_invoices import content, invoice


@pytest.fixture(autouse=True)
def use_test_database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr(connections, "load", settings.load.__wrapped__)


async def stored(engine: AsyncEngine, seq: int, *, total: str = "15000000.00") -> Invoice:
    base = content(f"app-explain-{seq}")
    sums = base.totals.model_copy(update={"total_amount": Decimal(total)})
    number = Number(series="X", seq=seq, display=f"X-EXPLAIN-{seq}")
    made = invoice(content=base.model_copy(update={"totals": sums}), number=number)
    await InvoiceProjection(engine).project(made)
    return made


async def explained(name: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, cli.app, ["explain", name])


async def test_by_number_in_any_case_or_by_id(engine: AsyncEngine) -> None:
    made = await stored(engine, 1)
    for name in ("X-EXPLAIN-1", "x-explain-1", " X-EXPLAIN-1 ", made.id, made.workflow_id):
        result = await explained(name)
        assert (result.exit_code, "All sums agree." in result.output) == (0, True), result.output


async def test_a_sum_that_does_not_agree(engine: AsyncEngine) -> None:
    await stored(engine, 2, total="15000000.01")
    result = await explained("X-EXPLAIN-2")
    assert (result.exit_code, "Not all sums agree." in result.output) == (3, True)


@pytest.mark.parametrize("name", ["X-EXPLAIN-404", ""])
async def test_no_such_invoice(name: str) -> None:
    result = await explained(name)
    assert result.exit_code == 2
    assert f"there is no invoice '{name}'" in result.output
