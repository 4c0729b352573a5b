"""Saved calculations in PostgreSQL. They are added and read, and never changed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import JSONPATH, insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from models.quotes.calculator.calculation import ScenarioResult
from models.quotes.calculator.scenario import Scenario
from models.quotes.tables import SavedCalculation


class Calculations:
    """Adds and reads saved calculations."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(
        self,
        calculation_id: str,
        name: str,
        scenarios: Sequence[Scenario],
        results: Sequence[ScenarioResult],
        by: str,
    ) -> dict[str, Any]:
        """Store a calculation with its inputs and results, and return its row. One with this id stays as it is."""
        columns = SavedCalculation.__table__.c  # type: ignore[attr-defined]
        row = insert(SavedCalculation).values(
            id=calculation_id,
            name=name,
            scenarios=[each.model_dump(mode="json") for each in scenarios],
            results=[each.model_dump(mode="json") for each in results],
            created_by=by,
        )
        async with self._engine.begin() as connection:
            await connection.execute(row.on_conflict_do_nothing(index_elements=[columns.id]))
            return dict(
                (await connection.execute(select(*columns).where(columns.id == calculation_id))).mappings().one()
            )

    async def find(self, calculation_id: str) -> dict[str, Any] | None:
        """Return the row of a calculation; None when there is none."""
        columns = SavedCalculation.__table__.c  # type: ignore[attr-defined]
        async with self._engine.connect() as connection:
            found = (await connection.execute(select(*columns).where(columns.id == calculation_id))).mappings().first()
        return dict(found) if found else None

    async def page(self, offset: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        """Return one page of the calculations without inputs and results, newest first, and their number."""
        columns = SavedCalculation.__table__.c  # type: ignore[attr-defined]
        names = func.jsonb_path_query_array(columns.results, cast("$[*].name", JSONPATH)).label("scenario_names")
        newest = (
            select(columns.id, columns.name, names, columns.created_by, columns.created_at)
            .order_by(columns.created_at.desc(), columns.id.desc())
            .offset(offset)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(newest)).mappings().all()
            total = int(await connection.scalar(select(func.count(col(SavedCalculation.id)))) or 0)
        return [dict(row) for row in rows], total
