"""The drafts that a billing run computed for many contracts, stored until the workflow of each invoice fetches one."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.engine import sessions
from models.billing.tables import PrefilledDraft
from models.invoice.content.content import Content

# Time from the last preparation until a draft is deleted, which the next billing run does. A workflow fetches its draft
# within minutes. Fetching does not delete it, because an activity whose answer is lost fetches again.
RETENTION = timedelta(days=7)


class PreparedDrafts:
    """The table of prepared drafts; a draft is found by billing run and contract."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._sessions = sessions(engine)

    async def save(self, billing_run_id: str, drafts: Mapping[str, Content]) -> None:
        """Store the drafts by contract key, replace those of the same run, and delete drafts older than `RETENTION`."""
        rows = [
            {"run_id": billing_run_id, "application_key": key, "content": content.model_dump_json()}
            for key, content in drafts.items()
        ]
        async with self._sessions.begin() as session:
            await session.execute(
                delete(PrefilledDraft).where(PrefilledDraft.created_at < datetime.now(UTC) - RETENTION)  # type: ignore[arg-type]
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
        """Return the draft that the billing run prepared for the contract; None if there is none."""
        async with self._sessions() as session:
            text = await session.scalar(
                select(PrefilledDraft.content).where(  # type: ignore[call-overload]
                    PrefilledDraft.run_id == billing_run_id, PrefilledDraft.application_key == application_key
                )
            )
        return None if text is None else Content.model_validate_json(text)
