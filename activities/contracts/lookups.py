"""Reads for people: the list of contracts, one contract in full, its worklogs, and the worklogs behind a line."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from activities.clients.clickhouse.rows import FoundContracts
from activities.clients.clickhouse.warehouse import Warehouse
from activities.contracts.terms_reader import ContractTermsReader
from activities.contracts.worklog_cache import WorklogCache
from activities.database.neighbours import Beside
from models.contracts.billable_worklogs import add_up, classify_worklogs
from models.contracts.contract import Contract, Customer
from models.contracts.ports import (
    ContractDetail,
    ContractListItem,
    ContractPage,
    ContractQuery,
    ContractSearch,
    ContractsWork,
    ContractsWorkQuery,
    ContractWorklogs,
    LineWorklogs,
    LineWorklogsQuery,
    UnreadableContract,
    WorklogPage,
    WorklogQuery,
)
from models.contracts.worklog import Worklog


class ContractLookups:
    """The reads of the API. Every method raises the errors that `activities/contracts/error_mapping.py` lists."""

    def __init__(self, warehouse: Warehouse, terms: ContractTermsReader) -> None:
        self._warehouse = warehouse
        self._terms = terms
        self._worklogs = WorklogCache(warehouse)

    async def clients(self, query: ContractQuery) -> ContractPage:
        """Return one page of the active contracts that match the search."""
        return await self._warehouse.in_thread(lambda: self._page(query))

    async def beside(self, application_key: str, search: ContractSearch) -> Beside:
        """Return the keys of the contracts before and after this one in the list, which it may have left."""
        keys = await self._warehouse.in_thread(lambda: self._keys(search))
        before = bisect_left(keys, application_key)
        after = bisect_right(keys, application_key)
        return keys[before - 1] if before else None, keys[after] if after < len(keys) else None

    async def client(self, application_key: str) -> ContractDetail:
        """Return one contract with its customer and its contacts."""
        return await self._warehouse.in_thread(lambda: self._detail(application_key))

    async def worklogs(self, query: WorklogQuery) -> WorklogPage:
        """Return one page of the period's worklogs with their tiers and hours, and the totals of all of them.

        The rate rule is the one that is valid on the last day of the period, as for a draft.
        """
        rules = await self._terms.billing_rules(query.application_key, query.period.end)
        contract, found = await self._warehouse.in_thread(lambda: self._contract_and_worklogs(query))
        worklogs = await asyncio.to_thread(classify_worklogs, found, contract, rules)
        first = (query.page - 1) * query.per_page
        return WorklogPage(
            items=worklogs[first : first + query.per_page],
            total=len(worklogs),
            totals=add_up(worklogs),
            has_own_rule=rules.rate_rule is not None,
        )

    async def line_worklogs(self, query: LineWorklogsQuery) -> LineWorklogs:
        """Return the worklogs behind one line of an invoice, as ClickHouse has them now.

        They are searched by the contract's labels and the period, because the table is ordered by label and day and
        not by id.
        """
        return LineWorklogs(worklogs=await self._warehouse.in_thread(lambda: self._line_worklogs(query)))

    async def work(self, query: ContractsWorkQuery) -> ContractsWork:
        """Return the worklogs of several contracts. What cannot be read of one does not affect the others.

        Worklogs are the same objects as before while none of them has changed.
        """
        rows = await self._warehouse.in_thread(lambda: self._warehouse.contracts(active_only=False))
        contracts = {each.application_key: each for each in rows.read if query.matches(each)}
        labels = {key: each.labels for key, each in contracts.items()}
        days = query.period.start, query.period.end
        found, customers = await asyncio.gather(
            self._worklogs.worklogs_of(labels, *days, query.at_most),
            self._warehouse.in_thread(
                lambda: self._warehouse.customers({each.customer_key for each in contracts.values()})
            ),
        )
        total, worklogs = found.digest.rows, found.worklogs
        if total > query.at_most:
            return ContractsWork(contracts={}, unread={}, total=total)
        unreadable = {each.application_key: f"cannot be read: {each.reason}" for each in rows.unreadable}
        unreadable |= {key: str(error) for key, error in worklogs.unreadable.items()}
        return _work(query, contracts, customers, worklogs.read, unreadable, total)

    def _page(self, query: ContractQuery) -> ContractPage:
        found = self._found(query if isinstance(query, ContractSearch) else ContractSearch(**query.model_dump()))
        customers = self._warehouse.customers(each.customer_key for each in found.items)
        return ContractPage(
            items=tuple(
                ContractListItem(contract=each, customer=customers.get(each.customer_key)) for each in found.items
            ),
            total=found.total,
            unreadable=tuple(
                UnreadableContract(application_key=each.application_key, reason=each.reason)
                for each in found.unreadable
            ),
        )

    def _found(self, search: ContractSearch) -> FoundContracts:
        """Return the page. Named contracts are chosen among the keys of all that match, so that they are counted."""
        first = (search.page - 1) * search.per_page
        text, deal_type, currency = search.search or "", search.deal_type or "", search.currency or ""
        if not search.names_keys:
            return self._warehouse.search_contracts(
                text, deal_type=deal_type, currency=currency, offset=first, limit=search.per_page
            )
        keys = self._keys(search)
        page = self._warehouse.contracts_with(keys[first : first + search.per_page])
        return FoundContracts(page.read, len(keys), page.unreadable)

    def _keys(self, search: ContractSearch) -> list[str]:
        """Return the keys of all contracts that match, in order."""
        found = self._warehouse.search_keys(
            search.search or "", deal_type=search.deal_type or "", currency=search.currency or ""
        )
        return [key for key in found if key not in search.without and (search.only is None or key in search.only)]

    def _detail(self, application_key: str) -> ContractDetail:
        """A missing customer is no error here, because this page shows why a draft is refused."""
        contract = self._warehouse.contract(application_key)
        customer_key = contract.customer_key
        return ContractDetail(
            contract=contract,
            customer=self._warehouse.customers([customer_key]).get(customer_key),
            contacts=tuple(self._warehouse.contacts(customer_key)),
        )

    def _contract_and_worklogs(self, query: WorklogQuery) -> tuple[Contract, list[Worklog]]:
        contract = self._warehouse.contract(query.application_key)
        return contract, self._warehouse.worklogs(contract.labels, query.period.start, query.period.end)

    def _line_worklogs(self, query: LineWorklogsQuery) -> tuple[Worklog, ...]:
        ids = set(query.worklog_ids)
        labels = self._warehouse.contract(query.application_key).labels
        worklogs = self._warehouse.worklogs(labels, query.period.start, query.period.end)
        return tuple(each for each in worklogs if each.worklog_id in ids)


def _work(
    query: ContractsWorkQuery,
    contracts: Mapping[str, Contract],
    customers: Mapping[str, Customer],
    worklogs: Mapping[str, Sequence[Worklog]],
    unreadable: Mapping[str, str],
    total: int,
) -> ContractsWork:
    """Return the work of the contracts, and why that of others cannot be read."""
    gone = {
        key: "is not in ClickHouse" for key in query.application_keys if key not in contracts and key not in unreadable
    }
    return ContractsWork(
        contracts={
            key: ContractWorklogs(
                contract=contract,
                customer_name=customers[contract.customer_key].company_name
                if contract.customer_key in customers
                else contract.customer_key,
                worklogs=tuple(worklogs.get(key, ())),
            )
            for key, contract in contracts.items()
        },
        unread={key: reason for key, reason in unreadable.items() if key in query.application_keys} | gone,
        total=total,
    )
