"""How cloud cost is resold under a contract: the margin and the minimum.

See docs/specification/bills.md 11. A rule is read for the last day of the billed period.
"""

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from models.settings.dated import DatedInput
from models.values.base_models import Frozen
from models.values.money import NonNegativeAmount
from models.values.typed_values import DECIMAL_TEXT, decimal_schema

ContractKey = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
MarginPercent = Annotated[
    Decimal,
    Field(ge=0, le=1000, max_digits=6, decimal_places=2),
    DECIMAL_TEXT,
    decimal_schema(r"(1000(\.0{1,2})?|[0-9]{1,3}(\.[0-9]{1,2})?)", minimum=0, maximum=1000),
]


class ResaleRule(Frozen):
    """The rule of a contract on a day. `minimum` is in the currency of the contract."""

    id: str
    margin_percent: Decimal
    minimum: Decimal | None = None


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
