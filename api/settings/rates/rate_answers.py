"""Which row of the rate card prices a job, and why: the question and the answer."""

from typing import Self

from pydantic import BaseModel, Field

from models.partners.order_type import OrderType
from models.partners.priced_work import Code, PartnerKey
from models.partners.rate_card import RateCardRow
from models.partners.rate_lookup import LookedAt, RateFound, RateMissing, RateNotFound
from models.values.base_models import Strict
from models.values.period import Day

MOST_ROWS = 500


class RateQuestion(Strict):
    partner: PartnerKey
    order_type: OrderType
    category: Code | None = Field(default=None, description="an order without one cannot be priced")
    method: Code | None = None
    on: Day | None = Field(default=None, description="the day on which the order was completed; today if left out")


class RateAnswer(BaseModel):
    """The rate of a job, or why it has none, and every row that was looked at, the most specific first."""

    rate: RateCardRow | None
    reason: RateMissing | None = Field(description="null: there is a rate")
    message: str
    explanation: tuple[LookedAt, ...] = Field(max_length=MOST_ROWS)
    looked_at: int = Field(description="how many rows were looked at")

    @classmethod
    def of(cls, found: RateFound | RateNotFound) -> Self:
        """Return the answer for what the search found."""
        shown = found.explanation[:MOST_ROWS]
        looked_at = len(found.explanation)
        if isinstance(found, RateNotFound):
            return cls(rate=None, reason=found.reason, message=found.message, explanation=shown, looked_at=looked_at)
        message = next(each.message for each in found.explanation if each.passed_over is None)
        return cls(
            rate=found.rate,
            reason=None,
            message=f"{found.rate.id} {message}",
            explanation=shown,
            looked_at=looked_at,
        )
