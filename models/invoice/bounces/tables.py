"""The table of how far the mailbox with reports of returned letters has been read."""

from typing import ClassVar

from sqlalchemy import BigInteger, Text
from sqlmodel import Field, SQLModel


class MailboxCursor(SQLModel, table=True):
    """How far a folder with notices of non-delivery has been read (activities/delivery/bounces.py)."""

    __tablename__: ClassVar[str] = "mailbox_cursors"

    folder: str = Field(primary_key=True, sa_type=Text, description="user, host and folder")
    uid_validity: int = Field(sa_type=BigInteger)
    uid: int = Field(sa_type=BigInteger, description="of the last message that was read")
