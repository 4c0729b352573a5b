"""The settings of cloud costs: resources, and the rules that allocate costs (docs/specification/bills.md 8, 9)."""

from decimal import Decimal
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from models.bills.allocation.rule import WHOLE, AllocationRule, TargetKind
from models.contracts.resale import ContractKey
from models.settings.area import SettingRefused
from models.settings.dated import DatedInput
from models.values.base_models import Strict
from models.values.typed_values import DECIMAL_TEXT, Whole, decimal_schema

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$")]
Provider = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
TagName = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Percent = Annotated[
    Decimal,
    Field(gt=0, le=100, max_digits=7, decimal_places=4),
    DECIMAL_TEXT,
    decimal_schema(r"(?!0+(\.0*)?$)(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)", exclusiveMinimum=0, maximum=100),
]

# In an order of their own, because the database does not keep the one in which they were given.
Tags = Annotated[
    dict[TagName, Annotated[str, StringConstraints(max_length=256)]],
    Field(max_length=50),
    AfterValidator(lambda tags: dict(sorted(tags.items()))),
]


class CloudResourceInput(DatedInput):
    """A resource at a provider: how it is recognised in bills, and to whom it belongs."""

    key_fields: ClassVar[tuple[str, ...]] = ("resource",)

    resource: Code = Field(description="your own short name of it; it stays when the provider's id changes")
    provider: Provider = Field(description="as the bills name it, such as digitalocean")
    provider_resource_id: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = Field(
        default=None, description="the provider's id, such as a UUID or an ARN"
    )
    name: Text | None = Field(default=None, description="as the bill's descriptions name it")
    size: Text | None = Field(default=None, description="as the descriptions give it in parentheses")
    tags: Tags = {}
    owner: str = Field(default="", max_length=200)
    project: Text | None = Field(default=None, description="bears its cost where it has no contract")
    client: Text | None = Field(default=None, description="the key of the client")
    contract: ContractKey | None = Field(default=None, description="the contract under which its cost is resold")

    @model_validator(mode="after")
    def _can_be_recognised(self) -> Self:
        if self.provider_resource_id is None and self.name is None:
            raise SettingRefused("provider_resource_id", "give the provider's id of the resource, its name, or both")
        return self

    @property
    def work_key(self) -> str:
        return self.resource


class ShareInput(Strict):
    """Who gets which part of a cost."""

    kind: TargetKind = Field(json_schema_extra={"enum": ["contract", "project"]})
    key: Text = Field(description="the key of the contract, or the name of the project")
    percent: Percent = WHOLE

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.kind is TargetKind.UNALLOCATED:
            raise SettingRefused("kind", "must be contract or project")
        return self


class AllocationRuleInput(DatedInput):
    """A rule of allocation. A line fits it if it fits every condition that is given."""

    key_fields: ClassVar[tuple[str, ...]] = ("rule",)

    rule: Code = Field(description="your own short name of the rule")
    position: Whole = Field(default=100, ge=1, le=9999, description="the rule with the lowest position is tried first")
    provider: Provider | None = None
    tag: TagName | None = Field(default=None, description="a tag of the line or of its resource")
    tag_value: Annotated[str, StringConstraints(max_length=256)] | None = Field(
        default=None, description="the value of the tag; null: any"
    )
    resource: Code | None = Field(default=None, description="the short name of a resource")
    service: Text | None = Field(default=None, description="the name of a service, in any case")
    project: Text | None = Field(default=None, description="the project or sub-account of the line, in any case")
    shares: tuple[ShareInput, ...] = Field(min_length=1, max_length=20, description="their percentages add up to 100")

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        if not any((self.provider, self.tag, self.resource, self.service, self.project)):
            raise SettingRefused("service", "give at least one condition: provider, tag, resource, service or project")
        if self.tag_value is not None and self.tag is None:
            raise SettingRefused("tag", "is required with tag_value")
        return self

    @model_validator(mode="after")
    def _shares_are_the_whole(self) -> Self:
        whole = sum((share.percent for share in self.shares), Decimal(0))
        if whole != WHOLE:
            raise SettingRefused("shares", f"the percentages add up to {whole.normalize():f}; they must add up to 100")
        if len({(share.kind, share.key) for share in self.shares}) < len(self.shares):
            raise SettingRefused("shares", "name each contract or project once")
        return self

    @property
    def work_key(self) -> str:
        return self.rule

    def allocation_rule(self, key: str) -> AllocationRule:
        """Return the rule as the allocation reads it."""
        return AllocationRule.model_validate({"key": key, **self.model_dump()})
