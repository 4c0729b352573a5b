"""Parameters and response schemas of matches, allocations and anomalies. Costs have all their decimals."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from api.http.number_formats import Quantity
from api.http.parameters import Paging
from api.settings.cloud_inputs import Code, Provider
from models.bills.allocation.allocation import AllocationSource
from models.bills.allocation.rule import TargetKind
from models.bills.anomalies import AnomalyKind
from models.bills.matching.match import REASON_TEXTS, KeyKind, MatchReason, Outcome
from models.settings.area import SettingRefused
from models.values.base_models import Strict
from models.values.currencies import Currency
from models.values.typed_values import WholeParameter


def _exact(cost: Decimal) -> str:
    """Return the cost with all its decimals, at least two, and without further zeros at the end."""
    whole, _, decimals = format(cost, "f").partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"


Cost = Annotated[
    Decimal,
    PlainSerializer(_exact, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2,}$", "examples": ["12.370000000001"]}),
]
LARGEST_VERSION = 1_000_000
ResourceKey = Annotated[str, StringConstraints(min_length=1, max_length=700)]
LowerProvider = Annotated[Provider, AfterValidator(str.lower)]


class VersionQuery(Strict):
    version: WholeParameter | None = Field(default=None, ge=1, le=LARGEST_VERSION, description="the newest by default")


class MatchQuery(VersionQuery, Paging):
    outcome: Outcome | None = None


class AllocationQuery(VersionQuery, Paging):
    target_kind: TargetKind | None = None
    target_key: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None


class TraceQuery(VersionQuery):
    after: WholeParameter = Field(default=0, ge=0, le=10**15, description="the position of the last line that was read")
    per_page: WholeParameter = Field(default=100, ge=1, le=1000)


class UnmatchedQuery(Paging):
    provider: LowerProvider | None = None


class SettledQuery(Paging):
    provider: LowerProvider | None = None


class SettledKey(Strict):
    """What is settled: a resource key of a provider."""

    provider: LowerProvider
    resource_key: ResourceKey = Field(description="as the matches of a bill show it")


class Settlement(SettledKey):
    """What a person settles once and for all."""

    outcome: Literal["matched", "shared", "ignored"] = Field(
        description="matched: it is `resource`; shared: a cost of no single resource; ignored: it needs no resource"
    )
    resource: Code | None = Field(default=None, description="the short name of the resource; only with matched")
    note: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _resource_where_it_is_matched(self) -> Self:
        if (self.outcome == "matched") != (self.resource is not None):
            raise SettingRefused("resource", "is required when the outcome is matched, and only then")
        return self


class SettledView(BaseModel):
    provider: str
    resource_key: str
    outcome: Outcome
    resource: str | None
    note: str
    settled_by: str
    settled_at: datetime


class SettledNow(SettledView):
    bills_to_match: list[str] = Field(
        description="the first 100 bills that are matched otherwise and that no invoice bills; match each of them again"
    )


class CandidateView(BaseModel):
    resource: str
    confidence: int = Field(description="in percent")
    reason: MatchReason


class MatchView(BaseModel):
    resource_key: str
    kind: KeyKind
    provider_resource_id: str | None
    name: str | None
    size: str | None
    service: str
    sample: str = Field(description="the description of one of its lines")
    line_count: int
    amount: Cost
    outcome: Outcome
    resource: str | None
    confidence: int = Field(description="in percent")
    reason: MatchReason
    reason_text: str
    candidates: list[CandidateView] = Field(description="what it may be, while it is unmatched")

    @classmethod
    def of(cls, row: dict[str, Any]) -> "MatchView":
        return cls.model_validate(row | {"reason_text": REASON_TEXTS[MatchReason(row["reason"])]})


class UnmatchedView(BaseModel):
    """A resource key that is unmatched in the newest versions of bills."""

    provider: str
    resource_key: str
    kind: KeyKind
    service: str
    sample: str
    reason: MatchReason
    reason_text: str
    candidates: list[CandidateView]
    bills: int
    newest_bill_id: str
    line_count: int
    amounts: dict[Currency, Cost] = Field(description="by currency")

    @classmethod
    def of(cls, row: dict[str, Any]) -> "UnmatchedView":
        return cls.model_validate(row | {"reason_text": REASON_TEXTS[MatchReason(row["reason"])]})


class MatchedView(BaseModel):
    """How many resource keys have which outcome, and the number of allocations."""

    version: int
    matched: int
    shared: int
    ignored: int
    unmatched: int
    allocations: int


class AllocationView(BaseModel):
    number: int
    target_kind: TargetKind
    target_key: str | None
    source: AllocationSource
    rule: str | None = Field(description="the key of the allocation rule; null: the resource decided, or nothing did")
    percent: Cost
    service: str
    amount: Cost = Field(description="exact")
    amount_minor: int = Field(description="in minor units, by the largest remainder")
    line_count: int = Field(description="of the lines whose cost is shared")


class TargetSum(BaseModel):
    """The sum of one target."""

    target_kind: TargetKind
    target_key: str | None
    amount: Cost
    amount_minor: int
    invoice_ids: list[str] = Field(description="the live invoices that bill it")


class AllocationsView(BaseModel):
    """The allocations of a version. All `amount` add up to `net` exactly, and all `amount_minor` to `net_minor`."""

    version: int
    run: int
    allocated_at: datetime
    currency: Currency
    net: Cost
    net_minor: int
    targets: list[TargetSum] = Field(description="all targets, whatever the page")
    allocations: list[AllocationView] = Field(description="this page")
    total: int
    page: int
    per_page: int


class TracedLine(BaseModel):
    position: int
    line_key: str
    charge_category: str
    description: str
    service_name: str | None
    resource_id: str | None
    resource_name: str | None
    project_name: str | None
    charge_period_start: datetime | None
    charge_period_end: datetime | None
    billed_cost: Cost


class TracedLines(BaseModel):
    """Lines of a bill whose cost an allocation shares. `next_after` is null on the last page."""

    version: int
    lines: list[TracedLine]
    next_after: int | None


class AnomalyView(BaseModel):
    kind: AnomalyKind
    service: str
    project: str | None
    resource_key: str | None
    before: Cost | None
    now: Cost | None
    change: Cost
    percent: Quantity | None = Field(description="of the cost before; null where there was none")
    message: str


class AnomaliesView(BaseModel):
    """What is unusual. `compared_with` is null where the account has no bill of the month before."""

    version: int
    found_at: datetime
    compared_with: str | None = Field(description="the first day of the month before")
    currency: Currency
    percent_threshold: Quantity
    amount_threshold: Cost
    counts: dict[AnomalyKind, int]
    anomalies: list[AnomalyView] = Field(description="the greatest changes of each kind")
