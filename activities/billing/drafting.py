"""Activities that read contracts and worklogs from ClickHouse and return the content of drafts.

The worklogs of one contract and month may have many megabytes. They are priced in the activity, and only the resulting
lines are sent to the workflow (docs/specification/temporal.md 7.3).
"""

import asyncio
from collections.abc import Iterable
from datetime import date

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.billing.cloud_costs import CloudCostReader
from activities.billing.prepared_drafts import PreparedDrafts
from activities.clients.clickhouse.warehouse import Warehouse
from activities.contracts.error_mapping import REFUSALS, mapped_errors
from activities.contracts.terms_reader import ContractTermsReader
from activities.invoice.billed_work import BilledWorkReader
from models.billing.billed_work import BilledWork
from models.billing.cloud_lines import NO_CLOUD_COSTS, CloudCosts
from models.billing.contract_dates import reason_outside
from models.billing.draft import draft
from models.billing.ports import ACTIVE_CONTRACTS, FETCH_DRAFT, PREPARE_BATCH, Batch, BatchResult, DraftInput, Refusal
from models.contracts.contract import (
    Contract,
    ContractKeyAmbiguous,
    ContractNotFound,
    ContractRecords,
    ContractUnreadable,
    CustomerNotFound,
)
from models.contracts.ports import ContractKeys, ContractQuery
from models.contracts.terms import ContractTerms
from models.invoice.checks.confirmation import check_confirmed, draft_warnings
from models.invoice.content.content import Content
from models.invoice.content.draft_request import DraftRequest
from models.invoice.errors import AlreadyInvoiced, DraftRefused, NeedsConfirmation
from models.values.failure_codes import Failure
from models.values.period import Period


class DraftReader:
    """Computes the draft of one contract without storing it, for the preview of the API and for `Drafting`."""

    def __init__(
        self,
        warehouse: Warehouse,
        terms: ContractTermsReader,
        billed: BilledWorkReader,
        cloud: CloudCostReader | None = None,
    ) -> None:
        """Return the reader; without `cloud` no draft resells cloud cost."""
        self._warehouse = warehouse
        self._terms = terms
        self._billed = billed
        self._cloud = cloud

    async def draft(
        self, application_key: str, period: Period, invoice_date: date, today: date | None = None
    ) -> Content:
        """Return the content of the draft of one contract.

        The records are priced outside the threads of ClickHouse, so that pricing never occupies one of them. Raises the
        errors that `activities/contracts/error_mapping.py` lists.
        """
        terms = await self._terms.terms(application_key, period.end)
        records = await self._warehouse.in_thread(lambda: self._records(application_key, period))
        cloud = await self._cloud.of(application_key, period) if self._cloud else NO_CLOUD_COSTS
        billed = await self._billed.of(
            application_key, [*_worklog_ids(records), *cloud.claims, *terms.quoted.claims], period
        )
        return await asyncio.to_thread(
            draft, records, terms, period, invoice_date, today=today, billed=billed, cloud=cloud
        )

    def _records(self, application_key: str, period: Period) -> ContractRecords:
        contract = self._warehouse.billable_contract(application_key)
        return ContractRecords(
            contract=contract,
            customer=self._warehouse.customer(contract.customer_key, application_key),
            contacts=tuple(self._warehouse.contacts(contract.customer_key)),
            worklogs=tuple(self._warehouse.worklogs(contract.labels, period.start, period.end)),
        )


class Drafting:
    """The activities that make drafts. They raise the codes of `activities/contracts/error_mapping.py`."""

    def __init__(
        self,
        warehouse: Warehouse,
        terms: ContractTermsReader,
        billed: BilledWorkReader,
        prepared_drafts: PreparedDrafts,
        cloud: CloudCostReader | None = None,
    ) -> None:
        self._warehouse = warehouse
        self._terms = terms
        self._billed = billed
        self._prepared_drafts = prepared_drafts
        self._cloud = cloud
        self._reader = DraftReader(warehouse, terms, billed, cloud)

    @activity.defn(name=FETCH_DRAFT.name)
    async def fetch_draft(self, drafting: DraftInput) -> Content:
        """Return the content of a draft: the one that the billing run prepared, or else one computed now."""
        contract = drafting.request.contract
        if drafting.prefilled:
            prepared = await self._prepared_drafts.find(drafting.request.billing_run_id or "", contract.application_key)
            if prepared is not None:
                return prepared
        with mapped_errors():
            content = await self._reader.draft(
                contract.application_key, contract.period, drafting.invoice_date, drafting.today
            )
        if drafting.is_new:
            require_confirmation(content, drafting.request)
        return content

    @activity.defn(name=PREPARE_BATCH.name)
    async def prepare_batch(self, batch: Batch) -> BatchResult:
        """Compute the drafts of a batch with one query of each kind and store them until their workflows fetch them.

        Return the keys of the prepared contracts, and of each other contract the reason of its refusal.
        """
        with mapped_errors():
            terms = await self._terms.terms_of(batch.application_keys, batch.period.end)
            records, refused = await self._warehouse.in_thread(
                lambda: self._records_of(batch.application_keys, batch.period)
            )
        keys = [each.contract.application_key for each in records]
        cloud = await self._cloud.of_contracts(keys, batch.period) if self._cloud else {}
        claims = {
            each.contract.application_key: [
                *_worklog_ids(each),
                *cloud.get(each.contract.application_key, NO_CLOUD_COSTS).claims,
                *terms[each.contract.application_key].quoted.claims,
            ]
            for each in records
        }
        billed = await self._billed.of_contracts(claims, batch.period)
        drafts, unpriced = await asyncio.to_thread(_price, records, terms, billed, cloud, batch)
        await self._prepared_drafts.save(batch.billing_run_id, drafts)
        prepared = tuple(key for key in batch.application_keys if key in drafts)
        return BatchResult(prepared=prepared, refused=(*refused, *unpriced))

    @activity.defn(name=ACTIVE_CONTRACTS.name)
    async def active_contracts(self, query: ContractQuery) -> ContractKeys:
        """Return the keys of all active contracts, sorted.

        They include contracts that cannot be read, so that the billing run lists each of them with the reason.
        """
        del query  # all contracts are returned; the input allows a filter to be added without a new activity type
        with mapped_errors():
            found = await self._warehouse.in_thread(self._warehouse.contracts)
        keys = {each.application_key for each in found.read} | {each.application_key for each in found.unreadable}
        return ContractKeys(keys=tuple(sorted(keys)))

    def _records_of(self, keys: tuple[str, ...], period: Period) -> tuple[list[ContractRecords], list[Refusal]]:
        contracts = self._warehouse.contracts_of(keys)
        refused = [self._missing_contract(key) for key in keys if key not in contracts]
        found = [contracts[key] for key in keys if key in contracts]
        customers = self._warehouse.customers(each.customer_key for each in found)
        contacts = self._warehouse.contacts_of(each.customer_key for each in found)
        billable = [each for each in found if each.customer_key in customers]
        refused += [_missing_customer(each) for each in found if each.customer_key not in customers]
        worklogs = self._warehouse.worklogs_of(
            {each.application_key: each.labels for each in billable}, period.start, period.end
        )
        records = [
            ContractRecords(
                contract=each,
                customer=customers[each.customer_key],
                contacts=tuple(contacts[each.customer_key]),
                worklogs=tuple(worklogs.read[each.application_key]),
            )
            for each in billable
            if each.application_key in worklogs.read
        ]
        refused += [_refusal(key, error) for key, error in worklogs.unreadable.items()]
        return records, refused

    def _missing_contract(self, key: str) -> Refusal:
        """Return why the contract was not among those that can be billed."""
        try:
            self._warehouse.billable_contract(key)
        except (ContractNotFound, ContractUnreadable, ContractKeyAmbiguous) as error:
            return _refusal(key, error)
        message = "The contract was added while the drafts were being prepared. Repeat the billing run."
        return Refusal(application_key=key, code=Failure.DRAFT_REFUSED, message=message)


def _price(
    records: Iterable[ContractRecords],
    terms: dict[str, ContractTerms],
    billed: dict[str, BilledWork],
    cloud: dict[str, CloudCosts],
    batch: Batch,
) -> tuple[dict[str, Content], list[Refusal]]:
    drafts: dict[str, Content] = {}
    refused: list[Refusal] = []
    for each in records:
        key = each.contract.application_key
        if reason := reason_outside(each.contract, batch.period):
            refused.append(Refusal(application_key=key, code=Failure.OUTSIDE_CONTRACT, message=reason))
            continue
        try:
            costs = cloud.get(key, NO_CLOUD_COSTS)
            drafts[key] = draft(each, terms[key], batch.period, batch.invoice_date, billed=billed[key], cloud=costs)
        except (DraftRefused, AlreadyInvoiced) as error:
            refused.append(_refusal(key, error))
    return drafts, refused


def _worklog_ids(records: ContractRecords) -> list[str]:
    return [each.worklog_id for each in records.worklogs]


def require_confirmation(content: Content, request: DraftRequest) -> None:
    """Raise ApplicationError if the request leaves out a warning of its new draft.

    The error names the request, because other requests may wait for the same draft.
    """
    try:
        check_confirmed(draft_warnings(content), request.confirmed_warnings, "make the draft")
    except NeedsConfirmation as error:
        details = {"warnings": list(error.warnings), "created_by_request": request.request_fingerprint}
        raise ApplicationError(str(error), details, type=Failure.NEEDS_CONFIRMATION, non_retryable=True) from error


def _missing_customer(contract: Contract) -> Refusal:
    key = contract.application_key
    return _refusal(key, CustomerNotFound(contract.customer_key, key))


def _refusal(application_key: str, error: Exception) -> Refusal:
    return Refusal(application_key=application_key, code=REFUSALS[type(error)], message=str(error))
