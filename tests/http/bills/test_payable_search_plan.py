"""The search of payables uses the index of words also where most payables are of few vendors."""

from datetime import date

from sqlalchemy import select, text
from sqlmodel import col

from activities.database.engine import create_engine
from api.bills.payables.filters import PayableSelection
from api.bills.payables.repository import payable_conditions
from models.bills.finance.tables import PayableRow

VENDOR = text(
    "INSERT INTO vendors (id, tenant_id, name, category, created_at) VALUES ('v', 't', 'DigitalOcean', 'cloud', now())"
)
PAYABLES = text(
    """
    INSERT INTO payables (id, tenant_id, vendor_id, source, external_id, external_number, version, currency,
        period_start, period_end, due_date, net_minor, tax_minor, gross_minor, line_count, lines_summed_by,
        content_digest, imported_at, status, revision, chain, created_at, updated_at)
    SELECT 'p' || n, 't', 'v', 'aws', 'invoice-' || n, 'N' || n, 1, 'USD', '2026-01-01', '2026-01-31', '2026-03-01',
        100, 0, 100, 1, '[]', '', now(), 'received', 1, '', now(), now()
    FROM generate_series(1, 3000) AS n
    """
)


async def test_payables_of_one_vendor_are_found_by_the_index_of_words(empty_database_url: str) -> None:
    engine = create_engine(empty_database_url)
    query = select(col(PayableRow.id)).where(*payable_conditions(PayableSelection(search="N1234"), date(2026, 3, 1)))
    shown = query.compile(engine.sync_engine, compile_kwargs={"literal_binds": True})
    async with engine.begin() as connection:
        await connection.execute(VENDOR)
        await connection.execute(PAYABLES)
        await connection.execute(text("ANALYZE"))
        plan = "\n".join(await connection.scalars(text(f"EXPLAIN {shown}")))
        found = list(await connection.scalars(query))
    await engine.dispose()
    assert ("ix_payables_words" in plan, found) == (True, ["p1234"]), plan
