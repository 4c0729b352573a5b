"""The recognition of the revenue of partner invoices: one row for each invoice (docs/specification/partner.md 11)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio import activity

from models.invoice.effects import EffectName, Receipt
from models.invoice.portal.tables import RevenueRecognition
from models.invoice.ports import EFFECT_PORTS, EffectRequest


@dataclass(frozen=True)
class RevenueActivities:
    """Both write one row in one transaction, and a repetition writes the same again, so that neither needs a ledger."""

    engine: AsyncEngine

    @activity.defn(name=EFFECT_PORTS[EffectName.REVENUE].name)
    async def recognise(self, request: EffectRequest) -> Receipt:
        """Record that the revenue of the invoice is recognised."""
        argument = request.argument
        row = {
            "invoice_id": request.invoice_id,
            "number": request.display_number,
            "partner_key": argument["partner"],
            "currency": argument["currency"],
            "amount": Decimal(argument["amount"]),
            "recognised_on": date.fromisoformat(argument["recognised_on"]),
            "effect_key": request.key,
            "reversed_at": None,
        }
        new = upsert(RevenueRecognition).values(row)
        changed = {name: new.excluded[name] for name in row if name != "invoice_id"}
        async with self.engine.begin() as connection:
            await connection.execute(new.on_conflict_do_update(index_elements=["invoice_id"], set_=changed))
        return Receipt(details={"amount": argument["amount"], "recognised_on": argument["recognised_on"]})

    @activity.defn(name=EFFECT_PORTS[EffectName.REVENUE_REVERSAL].name)
    async def reverse(self, request: EffectRequest) -> Receipt:
        """Record that the revenue of the invoice is not recognised any more, because a payment was taken back."""
        reversal = (
            update(RevenueRecognition)
            .where(col(RevenueRecognition.invoice_id) == request.invoice_id)
            .where(col(RevenueRecognition.reversed_at).is_(None))
            .values(reversed_at=func.now())
        )
        async with self.engine.begin() as connection:
            reversed_rows = (await connection.execute(reversal)).rowcount
        return Receipt(details={"rows": str(reversed_rows)})
