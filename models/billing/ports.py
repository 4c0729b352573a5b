"""The activities that draft invoices: names, inputs and results."""

from datetime import date

from pydantic import ConfigDict, Field

from models.billing.billing_run import InvoicedContracts, InvoicedQuery
from models.contracts.ports import ContractKeys, ContractQuery
from models.invoice.content.content import Content
from models.invoice.content.draft_request import DraftRequest
from models.values.base_models import Frozen
from models.values.period import Period
from models.values.port import Port


class DraftInput(Frozen):
    """The input for one draft.

    `prefilled` is true if a billing run has already prepared the draft together with many others.
    """

    request: DraftRequest
    invoice_date: date
    today: date | None = Field(default=None, description="the present day, if an older draft is computed again")
    prefilled: bool = False
    invoice_id: str | None = Field(default=None, description="on which the orders of a partner invoice are claimed")
    is_new: bool = Field(default=False, description="a new draft, whose warnings the request must have confirmed")


class Batch(Frozen):
    """The contracts whose drafts are prepared together, with one query for each table."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    billing_run_id: str = Field(alias="run_id")
    period: Period
    invoice_date: date
    application_keys: tuple[str, ...]


class Refusal(Frozen):
    """A contract for which no draft can be made, with the error code and the reason."""

    application_key: str
    code: str
    message: str


class BatchResult(Frozen):
    """The keys of the contracts whose drafts are prepared, and the refusals."""

    prepared: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()


FETCH_DRAFT = Port("prefill.draft", DraftInput, Content)
DRAFT_ORDERS = Port("orders.draft", DraftInput, Content)
PREPARE_BATCH = Port("prefill.batch", Batch, BatchResult)
ACTIVE_CONTRACTS = Port("prefill.active_contracts", ContractQuery, ContractKeys)
INVOICED = Port("records.invoiced", InvoicedQuery, InvoicedContracts)
