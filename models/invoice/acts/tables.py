"""The table of the sweeps of acts in Didox."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from models.values.columns import MOMENT


class EInvoiceSweep(SQLModel, table=True):
    """When the last complete sweep of a seller's acts in Didox began (activities/delivery/act_sweeps.py)."""

    __tablename__: ClassVar[str] = "einvoice_sweeps"

    seller_tin: str = Field(primary_key=True, sa_type=Text)
    began_at: datetime = Field(sa_type=MOMENT)
