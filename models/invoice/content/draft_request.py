"""The request that made an invoice: a contract and a period, or completed orders of a partner."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from models.invoice.content.flat_shape import request_from_flat
from models.invoice.errors import NotAServiceInvoice
from models.invoice.status import Kind
from models.values.base_models import Frozen
from models.values.period import Period


class ContractPeriod(Frozen):
    """The subject of a service invoice: the work for one contract in one period."""

    kind: Literal["contract"] = "contract"
    application_key: str
    period: Period

    @property
    def subject_key(self) -> str:
        return self.application_key


class Orders(Frozen):
    """The subject of a partner invoice: completed orders of one partner."""

    kind: Literal["orders"] = "orders"
    partner_key: str
    order_keys: tuple[str, ...] = Field(min_length=1)
    batch: str | None = Field(default=None, description="the batch in which the orders were collected")
    replaces: str | None = Field(default=None, description="the id of the rejected invoice in whose place this one is")

    @property
    def subject_key(self) -> str:
        return self.partner_key


class DraftRequest(Frozen):
    """The request that made the invoice; `regenerate` uses it again.

    A request of a person has a fingerprint, one of a billing run has the id of the run.
    """

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    subject: Annotated[ContractPeriod | Orders, Field(discriminator="kind")]
    by: str
    request_fingerprint: str | None = Field(
        default=None, alias="request_id", description="tells the caller that created the draft from one that found it"
    )
    confirmed_warnings: tuple[str, ...] = Field(default=(), description="codes of warnings about the new draft")
    billing_run_id: str | None = Field(default=None, description="the run that prepared the draft, if one did")

    @model_validator(mode="before")
    @classmethod
    def _read_flat(cls, value: Any) -> Any:
        return request_from_flat(value)

    @property
    def contract(self) -> ContractPeriod:
        """The contract and period. Raises NotAServiceInvoice if the subject is a partner's orders."""
        if isinstance(self.subject, ContractPeriod):
            return self.subject
        raise NotAServiceInvoice(Kind.PARTNER)
