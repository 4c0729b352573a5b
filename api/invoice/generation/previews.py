"""The draft that an edited prefill result would make, computed without storing it."""

from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel, Field

from api.http.envelopes import WarningToConfirm
from api.invoice.bodies import Generate
from api.invoice.prefill_schemas import PrefillView
from api.reads import Reads
from models.invoice.checks.confirmation import draft_warnings
from models.invoice.content.content import Content, prefill_digest
from models.invoice.editing.edit import Changes
from models.invoice.editing.prefill_edit import edited_content


@dataclass(frozen=True)
class EditedDraft:
    """The computed draft, the draft after the edit, and each change in between."""

    computed: Content
    content: Content
    changes: Changes


class GenerationPreview(BaseModel):
    """The draft that `generate` would make. Nothing is stored."""

    result: PrefillView = Field(description="the prefill result after the edit, with the digest of the one before")
    changes: dict[str, tuple[str | None, str | None]] = Field(
        description="the old and the new value of each field and line that differs from the computed draft"
    )
    warnings_to_confirm: list[WarningToConfirm] = Field(
        description="`generate` must name their codes in `confirmed_warnings`"
    )

    @classmethod
    def of(cls, draft: EditedDraft) -> "GenerationPreview":
        return cls(
            result=PrefillView.edited(draft.content, prefill_digest(draft.computed)),
            changes=draft.changes,
            warnings_to_confirm=[
                WarningToConfirm(code=each.code, message=each.message) for each in draft_warnings(draft.computed)
            ],
        )


async def edited_draft(reads: Reads, body: Generate, today: date) -> EditedDraft:
    """Return the draft that the body makes. Raises RequestFailed, InvalidChange and PrefillChanged."""
    computed = await reads.draft(body.application_key, body.period(today), today)
    content, changes = edited_content(computed, body.edited_prefill)
    return EditedDraft(computed, content, changes)
