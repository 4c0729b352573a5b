"""Facts in, a draft's content out: ClickHouse and the contract's terms, priced by the pure rules.

The worklogs of one contract and month may be many megabytes; they are priced here, where they are, and only the lines
travel (docs/specification/temporal.md 7.3).
"""

import asyncio
from collections.abc import Iterable
from datetime import date

from temporalio import activity

from activities.billing.prepared_drafts import PreparedDrafts
from activities.clients.clickhouse.warehouse import Warehouse
from activities.contracts.error_mapping import REFUSALS, refusals
from activities.contracts.terms_reader import ContractTermsReader
from models.billing.draft import draft
from models.billing.ports import ACTIVE_CONTRACTS, FETCH_DRAFT, PREPARE_BATCH, Batch, BatchResult, DraftInput, Refusal
from models.contracts.contract import (
    Contract,
    ContractNotFound,
    ContractRecords,
    ContractUnreadable,
    CustomerNotFound,
)
from models.contracts.ports import ContractKeys, ContractQuery
from models.contracts.terms import ContractTerms
from models.invoice.content.content import Content
from models.invoice.errors import DraftRefused
from models.values.failure_codes import Failure
from models.values.period import Period


class DraftReader:
    """Computes the draft of one contract and stores nothing: the API previews by it, `Drafting` drafts by it."""

    def __init__(self, warehouse: Warehouse, terms: ContractTermsReader) -> None:
        self._warehouse = warehouse
        self._terms = terms

    async def draft(self, application_key: str, period: Period, invoice_date: date) -> Content:
        """Return the draft of one contract; the thread that reads the facts also prices them.

        Raises the errors that `activities/contracts/error_mapping.py` lists.
        """
        terms = await self._terms.terms(application_key, period.end)
        return await self._warehouse.in_thread(
            lambda: draft(self._facts(application_key, period), terms, period, invoice_date)
        )

    def _facts(self, application_key: str, period: Period) -> ContractRecords:
        application = self._warehouse.application(application_key)
        return ContractRecords(
            application=application,
            customer=self._warehouse.customer(application.customer_key, application_key),
            contacts=tuple(self._warehouse.contacts(application.customer_key)),
            worklogs=tuple(self._warehouse.worklogs(application.labels, period.start, period.end)),
        )


class Drafting:
    def __init__(self, warehouse: Warehouse, terms: ContractTermsReader, prepared: PreparedDrafts) -> None:
        self._warehouse = warehouse
        self._terms = terms
        self._prepared = prepared
        self._drafts = DraftReader(warehouse, terms)

    @activity.defn(name=FETCH_DRAFT.name)
    async def fetch_draft(self, drafting: DraftInput) -> Content:
        contract = drafting.request.contract
        if drafting.prefilled:
            found = await self._prepared.find(drafting.request.billing_run_id or "", contract.application_key)
            if found is not None:
                return found
        with refusals():
            return await self._drafts.draft(contract.application_key, contract.period, drafting.invoice_date)

    @activity.defn(name=PREPARE_BATCH.name)
    async def prepare_batch(self, batch: Batch) -> BatchResult:
        """One query of each kind for all contracts of the batch; the drafts wait in PostgreSQL for their workflows."""
        with refusals():
            terms = await self._terms.terms_of(batch.application_keys, batch.period.end)
            facts, refused = await self._warehouse.in_thread(
                lambda: self._facts_of(batch.application_keys, batch.period)
            )
        drafts, unpriced = await asyncio.to_thread(_price, facts, terms, batch)
        await self._prepared.save(batch.billing_run_id, drafts)
        prepared = tuple(key for key in batch.application_keys if key in drafts)
        return BatchResult(prepared=prepared, refused=(*refused, *unpriced))

    @activity.defn(name=ACTIVE_CONTRACTS.name)
    async def active_contracts(self, query: ContractQuery) -> ContractKeys:
        del query  # every active one; the input leaves room for a filter without a new activity type
        with refusals():
            found = await self._warehouse.in_thread(self._warehouse.contracts)
        # Also those that cannot be read, so that the run lists them with their reason.
        keys = {each.application_key for each in found.read} | {each.application_key for each in found.unreadable}
        return ContractKeys(keys=tuple(sorted(keys)))

    def _facts_of(self, keys: tuple[str, ...], period: Period) -> tuple[list[ContractRecords], list[Refusal]]:
        applications = self._warehouse.applications_of(keys)
        refused = [self._why_missing(key) for key in keys if key not in applications]
        found = [applications[key] for key in keys if key in applications]
        customers = self._warehouse.customers(each.customer_key for each in found)
        contacts = self._warehouse.contacts_of(each.customer_key for each in found)
        billable = [each for each in found if each.customer_key in customers]
        refused += [_customer_missing(each) for each in found if each.customer_key not in customers]
        worklogs = self._warehouse.worklogs_of(
            {each.application_key: each.labels for each in billable}, period.start, period.end
        )
        facts = [
            ContractRecords(
                application=each,
                customer=customers[each.customer_key],
                contacts=tuple(contacts[each.customer_key]),
                worklogs=tuple(worklogs.read[each.application_key]),
            )
            for each in billable
            if each.application_key in worklogs.read
        ]
        refused += [_refusal(key, error) for key, error in worklogs.unreadable.items()]
        return facts, refused

    def _why_missing(self, key: str) -> Refusal:
        try:
            self._warehouse.application(key)
        except (ContractNotFound, ContractUnreadable) as error:
            return _refusal(key, error)
        return Refusal(
            application_key=key, code=Failure.DRAFT_REFUSED, message="It appeared only a moment ago; repeat."
        )


def _price(
    facts: Iterable[ContractRecords], terms: dict[str, ContractTerms], batch: Batch
) -> tuple[dict[str, Content], list[Refusal]]:
    drafts: dict[str, Content] = {}
    refused: list[Refusal] = []
    for each in facts:
        key = each.application.application_key
        try:
            drafts[key] = draft(each, terms[key], batch.period, batch.invoice_date)
        except DraftRefused as error:
            refused.append(_refusal(key, error))
    return drafts, refused


def _customer_missing(application: Contract) -> Refusal:
    key = application.application_key
    return _refusal(key, CustomerNotFound(application.customer_key, key))


def _refusal(application_key: str, error: Exception) -> Refusal:
    return Refusal(application_key=application_key, code=REFUSALS[type(error)], message=str(error))
