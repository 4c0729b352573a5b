"""What a rate card row and an installer rate have in common: the work, its price for one job, and the days it is valid.

Two active rows for the same work never share a day (docs/specification/partners.md 2.2).
"""

from abc import abstractmethod
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from models.partners.order_type import OrderType, OrderTypeInput
from models.settings.area import SettingRefused
from models.settings.dated import DatedInput
from models.values.base_models import Frozen
from models.values.money import Currency, NonNegativeAmount, surplus_decimals

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{1,40}$")]
PartnerKey = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{2,20}$")]

WORK_FIELDS = ("order_type", "category", "method", "currency")
"""The parts of the key of a price between its owner and its first day."""


class PricedWork(Frozen):
    """A dated price for one job of a kind, as it is read from the settings."""

    id: str
    order_type: OrderType
    category: str
    method: str | None = None
    description: str = ""
    amount: Decimal
    currency: Currency = Currency.MYR
    valid_from: date
    valid_to: date | None = None
    active: bool = True


class PricedWorkInput(DatedInput):
    """The setting of such a price."""

    order_type: OrderTypeInput
    category: Code = Field(description="the service category: FTTH, FTTO, FTTR, FTTC or another code")
    method: Code | None = Field(default=None, description="the installation method; null: any job without a rate of it")
    currency: Currency = Currency.MYR
    amount: NonNegativeAmount = Field(description="for one job, before tax")

    @model_validator(mode="after")
    def _amount_has_the_decimals_of_its_currency(self) -> Self:
        if reason := surplus_decimals(self.amount, self.currency):
            raise SettingRefused("amount", reason)
        return self

    @property
    @abstractmethod
    def owner(self) -> str:
        """Whose rate it is, as the key begins."""

    @property
    def work_key(self) -> str:
        return ".".join((self.owner, self.order_type, self.category, self.method or "any", self.currency))
