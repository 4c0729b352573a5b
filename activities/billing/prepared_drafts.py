"""Drafts that a monthly run prepared for many contracts at once, until each contract's own workflow fetches its own."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.engine import sessions
from models.billing.tables import PrefilledDraft
from models.invoice.content.content import Content

# Counted from when it was last prepared. A draft is fetched within minutes of its run, and again by an attempt whose
# predecessor got lost, so fetching leaves it; what is too old goes when the next run saves.
KEPT = timedelta(days=7)


class PreparedDrafts:
    def __init__(self, engine: AsyncEngine) -> None:
        self._sessions = sessions(engine)

    async def save(self, billing_run_id: str, drafts: Mapping[str, Content]) -> None:
        """A repeated run replaces what it prepared before, and renews its time."""
        rows = [
            {"run_id": billing_run_id, "application_key": key, "content": content.model_dump_json()}
            for key, content in drafts.items()
        ]
        async with self._sessions.begin() as session:
            await session.execute(
                delete(PrefilledDraft).where(PrefilledDraft.created_at < datetime.now(UTC) - KEPT)  # type: ignore[arg-type]
            )
            if rows:
                statement = insert(PrefilledDraft).values(rows)
                await session.execute(
                    statement.on_conflict_do_update(
                        index_elements=["run_id", "application_key"],
                        set_={"content": statement.excluded.content, "created_at": func.now()},
                    )
                )

    async def find(self, billing_run_id: str, application_key: str) -> Content | None:
        async with self._sessions() as session:
            text = await session.scalar(
                select(PrefilledDraft.content).where(  # type: ignore[call-overload]
                    PrefilledDraft.run_id == billing_run_id, PrefilledDraft.application_key == application_key
                )
            )
        return None if text is None else Content.model_validate_json(text)
