"""The time zone in which the issuer's days begin and end, as the settings hold it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from models.issuer.issuer import issuer_of_settings
from models.issuer.tables import IssuerRow
from models.values.period import BILLING_ZONE


async def issuer_zone(engine: AsyncEngine) -> str:
    """Return the issuer's time zone; Tashkent until the issuer is configured."""
    async with engine.connect() as connection:
        found = await connection.scalar(select(col(IssuerRow.issuer)).where(col(IssuerRow.id) == 1))
    return issuer_of_settings(found).zone if found else BILLING_ZONE
