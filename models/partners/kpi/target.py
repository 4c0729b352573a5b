"""Targets of jobs: the minutes in which a job of a kind is to be done, by partner, type and installation method.

See docs/specification/kpi.md 2.
"""

from collections.abc import Iterable
from datetime import date
from typing import ClassVar, Self

from pydantic import Field, model_validator

from models.partners.order_type import OrderType, OrderTypeInput
from models.partners.priced_work import Code, PartnerKey
from models.settings.area import SettingRefused
from models.settings.dated import DatedInput, is_valid_on, joined
from models.values.base_models import Frozen
from models.values.typed_values import Whole

MOST_MINUTES = 7 * 24 * 60


class KpiTarget(Frozen):
    """The target of jobs of a kind, as it is read from the settings."""

    id: str
    partner: str | None = None
    order_type: OrderType | None = None
    method: str | None = None
    minutes: int
    valid_from: date
    valid_to: date | None = None
    active: bool = True


class KpiTargetInput(DatedInput):
    """The setting of a target. Without partner, type and method it is the target of all jobs that have no other."""

    key_fields: ClassVar[tuple[str, ...]] = ("partner", "order_type", "method")

    partner: PartnerKey | None = Field(default=None, description="the partner's key; null: every partner")
    order_type: OrderTypeInput | None = Field(default=None, description="null: every type, without partner and method")
    method: Code | None = Field(default=None, description="the installation method; null: every method of the type")
    minutes: Whole = Field(ge=1, le=MOST_MINUTES, description="from OnTheWay to OrderCompleted")

    @model_validator(mode="after")
    def _of_a_type(self) -> Self:
        if self.order_type is None and (self.partner is not None or self.method is not None):
            raise SettingRefused("order_type", "is required for the target of a partner or of a method")
        return self

    @property
    def work_key(self) -> str:
        """The partner or `default`, the type and the method."""
        return joined((self.partner or "default", self.order_type, self.method))

    def target(self, key: str) -> KpiTarget:
        """Return the target as the evaluation reads it."""
        return KpiTarget.model_validate({"id": key, **self.model_dump(exclude={"description"})})


def find_target(
    targets: Iterable[KpiTarget], partner: str, order_type: OrderType, method: str | None, on: date
) -> KpiTarget | None:
    """Return the most specific target of a job that was completed on the day; None without one.

    The order is: partner, type and method; partner and type; type and method; type; all jobs.
    """
    fitting = [
        each
        for each in targets
        if is_valid_on(on, valid_from=each.valid_from, valid_to=each.valid_to, active=each.active)
        and each.partner in (None, partner)
        and each.order_type in (None, order_type)
        and each.method in (None, method)
    ]
    return min(fitting, key=_place, default=None)


def _place(target: KpiTarget) -> tuple[bool, bool, bool, str]:
    """Return the place of a target in the search. The settings let no two of them be at one place on a day."""
    return target.order_type is None, target.partner is None, target.method is None, target.id
