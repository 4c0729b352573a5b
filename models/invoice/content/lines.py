"""The lines of an invoice, with their types, sources and amounts."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import Field, model_validator

from models.invoice.content.basis import CloudSource, LineSource, OrderSource, QuoteSource, WorklogSource
from models.invoice.content.flat_shape import line_from_flat
from models.issuer.service_code import ServiceCode
from models.values.base_models import Frozen
from models.values.money import format_multiplier

MANUAL_RULE = "manual"
_NO_WORK = WorklogSource()


class LineType(StrEnum):
    SUPPORT = "support"
    FIXED = "fixed"
    OVERTIME = "overtime"
    TASK = "task"
    JOB = "job"
    MATERIALS = "materials"
    KPI = "kpi"
    OTHER = "other"
    CLOUD = "cloud"


BASE_TYPES = frozenset({LineType.SUPPORT, LineType.FIXED})
WORK_TYPES = frozenset({LineType.TASK, LineType.OVERTIME})


class Line(Frozen):
    """One line. A line that is not `billed` only informs: its `line_total` is not part of the totals.

    `line_total` is rounded once, when the line is made (docs/specification/pricing.md 4.2). `source` is what the line
    was made from; it stays when a person changes the line. `is_manual` tells that a person added or changed the line.
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
    service_code: ServiceCode | None = Field(
        default=None, exclude_if=lambda code: code is None, description="None: that of the contract"
    )
    rule: str = Field(description="the pricing rule that made it, e.g. SUP.overtime; `manual` for a person's line")

    @model_validator(mode="before")
    @classmethod
    def _read_flat(cls, value: Any) -> Any:
        return line_from_flat(value)

    @property
    def work(self) -> WorklogSource:
        """The work that the line was made from; an empty WorklogSource if there is none."""
        return self.source if isinstance(self.source, WorklogSource) else _NO_WORK

    @property
    def identity(self) -> str | None:
        """The part of a computed line that stays when the draft is computed again; None for a line added by hand."""
        if self.rule == MANUAL_RULE:
            return None
        if isinstance(self.source, OrderSource):
            return f"{self.line_type}|{self.source.order_key}"
        if isinstance(self.source, CloudSource):
            return f"{self.line_type}|{self.source.claim}|{self.source.service}"
        if isinstance(self.source, QuoteSource):
            return f"{self.line_type}|{self.source.claim}|{self.source.quote_line_id}"
        parts = [self.line_type, self.work.jira_key or "", self.work.rate_tier]
        if self.line_type is LineType.OVERTIME:
            parts.append(format_multiplier(self.rate_multiplier))
        return "|".join(parts)
