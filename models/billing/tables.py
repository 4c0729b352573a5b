"""The table of drafts that a billing run has prepared."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    Text,
    func,
)
from sqlmodel import Field, SQLModel

from models.values.columns import MOMENT


class PrefilledDraft(SQLModel, table=True):
    """The drafts that a billing run prepared together, until their own workflows read them."""

    __tablename__: ClassVar[str] = "prefilled_drafts"

    run_id: str = Field(primary_key=True, sa_type=Text)
    application_key: str = Field(primary_key=True, sa_type=Text)
    content: str = Field(sa_type=Text, description="JSON of models.invoice.content.content.Content")
    created_at: datetime = Field(
        sa_type=MOMENT,
        index=True,
        sa_column_kwargs={"server_default": func.now()},
        description="old rows may go",
    )
