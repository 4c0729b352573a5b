"""Request bodies of prefill and generate. An unknown field is refused with the list of the known ones."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from api.http.parameters import Key, PeriodBody
from api.invoice.prefill_schemas import Source
from models.contracts.contract import DealType
from models.contracts.rate_rule import Tier
from models.invoice.command_fields import Hours, WarningCodes
from models.invoice.content.basis import ClientType
from models.invoice.content.lines import LineType
from models.invoice.editing.prefill_edit import EditedPrefill, PrefillLine
from models.issuer.service_code import ServiceCodeInput
from models.values.base_models import Strict
from models.values.money import Amount, Currency, Factor, NonNegativeAmount, Quantity
from models.values.typed_values import Flag, TypedDay, Whole

Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]

# Fields of the prefill result that a caller may send back. They are ignored.
INFORMATIVE_FIELDS = frozenset(
    {
        *("customer", "application", "total_hours", "is_overtime", "net_amount", "tax_amount"),
        *("warnings", "suggested_base_amount", "quote"),
    }
)


class Prefill(PeriodBody):
    """A contract and a period. Both dates are inclusive; without them the period is the previous calendar month."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"application_key": "APP-001", "period_start": "2026-02-01", "period_end": "2026-02-28"}]
        }
    )

    application_key: Key


class WantedLine(Strict):
    """A line of the prefill result, edited or not. A line without a known `id` is new; a missing line is removed."""

    id: str | None = None
    line_type: LineType = LineType.OTHER
    description: str = Field(min_length=1, max_length=2000)
    jira_key: str | None = Field(default=None, max_length=50)
    unit_price: Amount
    quantity: Quantity = Decimal(1)
    rate_multiplier: Factor = Decimal("1.0")
    line_total: Amount | None = Field(default=None, description="must be quantity x price x multiplier")
    billed: Flag | None = Field(default=None, description="null: unchanged; a new line is billed")
    rate_tier: Tier = Tier.STANDARD
    time_seconds: Whole | None = None
    billable_seconds: Whole | None = None
    source: Source | None = None
    is_auto_generated: Flag | None = None
    sort_order: Whole | None = None
    worked_on: tuple[TypedDay, ...] | None = None
    rule: str | None = None
    order: dict[str, Any] | None = None
    cloud: dict[str, Any] | None = None
    quote: dict[str, Any] | None = None
    service_code: ServiceCodeInput | None = Field(default=None, description="in Didox; null: unchanged")

    @property
    def prefill_line(self) -> PrefillLine:
        """The line with the given fields only. The others stay as they were."""
        return PrefillLine(**self.model_dump(include=set(PrefillLine.model_fields), exclude_unset=True))


class Generate(Prefill):
    """The prefill result, edited by the user or not. The data of the contract cannot be changed here.

    Amounts and lines that differ from the computed draft become one edit of it. `total_hours`, `is_overtime`,
    `customer`, `application` and the other informative fields are accepted and ignored.
    """

    customer_key: str | None = None
    deal_type: DealType | None = None
    currency: Currency | None = None
    client_type: ClientType | None = None
    base_amount: NonNegativeAmount | None = None
    overtime_hours: Hours | None = None
    overtime_amount: NonNegativeAmount | None = None
    total_amount: NonNegativeAmount | None = None
    line_items: tuple[WantedLine, ...] | None = Field(default=None, max_length=5000)
    total_hours: Hours | None = None
    is_overtime: Flag | None = None
    net_amount: Amount | None = None
    tax_amount: Amount | None = None
    customer: dict[str, Any] | None = None
    application: dict[str, Any] | None = None
    warnings: tuple[str, ...] | None = None
    suggested_base_amount: Amount | None = None
    quote: dict[str, Any] | None = None
    prefill_digest: Sha256 | None = Field(
        default=None, description="refuses the request if the contract's data makes another draft now"
    )
    confirmed_warnings: WarningCodes = ()

    @property
    def edited_prefill(self) -> EditedPrefill | None:
        """The edited fields; None when only the contract and the period are given."""
        given = self.model_dump(include=set(EditedPrefill.model_fields), exclude={"line_items"}, exclude_unset=True)
        if self.line_items is not None:
            given["line_items"] = tuple(line.prefill_line for line in self.line_items)
        return EditedPrefill(**given) if given else None

    @property
    def fingerprinted(self) -> str:
        """The fields that are not ignored, as JSON. Two requests with equal texts ask for the same.

        A request without confirmations has the text of releases that knew none.
        """
        unused = {"prefill_digest"} if self.confirmed_warnings else {"confirmed_warnings", "prefill_digest"}
        return self.model_dump_json(exclude={*INFORMATIVE_FIELDS, *unused})
