"""How cloud cost is resold under a contract: the margin, the minimum, and exchange rates.

See docs/specification/bills.md 11. A rule and a rate are read for the last day of the billed period.
"""

from decimal import Decimal
from typing import Annotated, ClassVar, Self

from pydantic import Field, StringConstraints, model_validator

from models.settings.area import SettingRefused
from models.settings.dated import DatedInput
from models.values.base_models import Frozen
from models.values.currencies import Currency
from models.values.money import NonNegativeAmount
from models.values.typed_values import DECIMAL_TEXT, decimal_schema

ContractKey = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
MarginPercent = Annotated[
    Decimal,
    Field(ge=0, le=1000, max_digits=6, decimal_places=2),
    DECIMAL_TEXT,
    decimal_schema(r"(1000(\.0{1,2})?|[0-9]{1,3}(\.[0-9]{1,2})?)", minimum=0, maximum=1000),
]
Rate = Annotated[
    Decimal,
    Field(gt=0, max_digits=20, decimal_places=10),
    DECIMAL_TEXT,
    decimal_schema(r"(?!0+(\.0*)?$)[0-9]{1,10}(\.[0-9]{1,10})?", exclusiveMinimum=0, exclusiveMaximum=10**10),
]


class ResaleRule(Frozen):
    """The rule of a contract on a day. `minimum` is in the currency of the contract."""

    id: str
    margin_percent: Decimal
    minimum: Decimal | None = None


class ExchangeRate(Frozen):
    """How much of `target` one unit of `source` is worth on a day."""

    id: str
    source: Currency
    target: Currency
    rate: Decimal


class ResaleRuleInput(DatedInput):
    """The setting: the allocated cloud cost of this contract is charged on its invoices."""

    key_fields: ClassVar[tuple[str, ...]] = ("contract",)

    contract: ContractKey = Field(description="the key of the contract")
    margin_percent: MarginPercent = Field(default=Decimal(0), description="added to the cost, in percent of it")
    minimum: NonNegativeAmount | None = Field(
        default=None, description="the least charge of a month that has cost, in the contract's currency"
    )

    @property
    def work_key(self) -> str:
        return self.contract


class ExchangeRateInput(DatedInput):
    """The setting of an exchange rate, for the days from the first to the last one."""

    key_fields: ClassVar[tuple[str, ...]] = ("source", "target")

    source: Currency = Field(description="the currency of the bill")
    target: Currency = Field(description="the currency of the contract")
    rate: Rate = Field(description="how much of `target` one unit of `source` is worth")

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.valid_to is None:
            raise SettingRefused("valid_to", "an exchange rate needs its last day, because no rate stands for ever")
        return self

    @model_validator(mode="after")
    def _of_two_currencies(self) -> Self:
        if self.source == self.target:
            raise SettingRefused("target", "must be another currency than source")
        return self

    @property
    def work_key(self) -> str:
        return f"{self.source}.{self.target}"
