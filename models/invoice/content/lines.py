"""The lines of an invoice: types, source and amounts of one line."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from models.invoice.content.basis import LineSource, OrderSource, WorklogSource
from models.invoice.content.flat_shape import line_from_flat, or_flat
from models.values.base_models import Frozen
from models.values.money import format_multiplier

MANUAL_RULE = "manual"
_NO_WORK = WorklogSource()


class LineType(StrEnum):
    SUPPORT = "support"
    FIXED = "fixed"
    OVERTIME = "overtime"
    TASK = "task"
    OTHER = "other"


BASE_TYPES = frozenset({LineType.SUPPORT, LineType.FIXED})
WORK_TYPES = frozenset({LineType.TASK, LineType.OVERTIME})


class Line(Frozen):
    """`line_total` is rounded once, here; a line that is not `billed` informs and is not summed.

    `source` is what the line was made from, and stays when a person changes the line; `is_manual` says that one did.
    See docs/specification/pricing.md 4.2.
    """

    id: str
    line_type: LineType
    description: str
    quantity: Decimal
    unit_price: Decimal
    line_total: Decimal
    rate_multiplier: Decimal = Decimal("1.0")
    source: LineSource | None = None
    is_manual: bool = False
    billed: bool = True
    rule: str = Field(description="the pricing rule that made it, e.g. SUP.overtime; `manual` when a person did")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return or_flat(handler(source), line_from_flat)

    @property
    def work(self) -> WorklogSource:
        """The work behind the line; without any, one that is empty."""
        return self.source if isinstance(self.source, WorklogSource) else _NO_WORK

    @property
    def identity(self) -> str | None:
        """What stays the same when the line is computed anew from other facts; None for a line added by hand."""
        if self.rule == MANUAL_RULE:
            return None
        if isinstance(self.source, OrderSource):
            return f"{self.line_type}|{self.source.order_key}"
        parts = [self.line_type, self.work.jira_key or "", self.work.rate_tier]
        if self.line_type is LineType.OVERTIME:
            parts.append(format_multiplier(self.rate_multiplier))
        return "|".join(parts)
