"""The rate card: what the company charges for one job, by partner, by group of partners, or for everybody.

It is the only source of the prices of partner invoices (docs/specification/partners.md 2).
"""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from models.partners.priced_work import WORK_FIELDS, PartnerKey, PricedWork, PricedWorkInput
from models.settings.area import SettingRefused


class RateCardRow(PricedWork):
    """One row of the rate card. Without a partner and a group it is the company's default."""

    partner: str | None = None
    group: str | None = None
    tax_code: str | None = Field(default=None, description="None: the partner's")


class RateCardInput(PricedWorkInput):
    """The setting of one row of the rate card."""

    key_fields: ClassVar[tuple[str, ...]] = ("partner", *WORK_FIELDS)

    partner: PartnerKey | None = Field(default=None, description="the partner's key")
    group: PartnerKey | None = Field(default=None, description="the group's key; neither: the company's default")
    tax_code: str | None = Field(
        default=None, min_length=1, max_length=30, description="of the issuer's tax table; null: the partner's"
    )
    department: str = Field(default="", max_length=100, description="a remark; it selects no rate")

    @model_validator(mode="after")
    def _of_one_owner(self) -> Self:
        if self.partner is not None and self.group is not None:
            raise SettingRefused("group", "a rate belongs to a partner or to a group, not to both; leave one empty")
        return self

    @property
    def owner(self) -> str:
        """The partner's key, `group-` and the group's key, or `default`."""
        if self.partner is not None:
            return self.partner
        return f"group-{self.group}" if self.group is not None else "default"

    def row(self, key: str) -> RateCardRow:
        """Return the row as the lookup reads it."""
        return RateCardRow.model_validate({"id": key, **self.model_dump()})
