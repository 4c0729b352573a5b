"""The contracts as people look at them: the list, one in full, and its worklogs as its rules see them."""

from temporalio import activity

from activities.contract_terms import ContractTermsReader
from activities.refusals import refusals
from activities.warehouse import Warehouse
from models.facts import Application, Worklog
from models.ports import (
    CLIENT_DETAIL,
    CLIENT_WORKLOGS,
    LIST_CLIENTS,
    Client,
    ClientDetail,
    ClientDetailQuery,
    ClientPage,
    ContractQuery,
    UnreadableClient,
    WorklogPage,
    WorklogQuery,
)
from models.worked import add_up, as_billed


class Contracts:
    def __init__(self, warehouse: Warehouse, terms: ContractTermsReader) -> None:
        self._warehouse = warehouse
        self._terms = terms

    @activity.defn(name=LIST_CLIENTS.name)
    async def clients(self, query: ContractQuery) -> ClientPage:
        with refusals():
            return await self._warehouse.in_thread(lambda: self._page(query))

    @activity.defn(name=CLIENT_DETAIL.name)
    async def client(self, query: ClientDetailQuery) -> ClientDetail:
        with refusals():
            return await self._warehouse.in_thread(lambda: self._detail(query.application_key))

    @activity.defn(name=CLIENT_WORKLOGS.name)
    async def worklogs(self, query: WorklogQuery) -> WorklogPage:
        """Priced by the rule that is valid at the period's end, as a draft of the period would be."""
        rules = await self._terms.billing_rules(query.application_key, query.period.end)
        with refusals():
            application, worklogs = await self._warehouse.in_thread(lambda: self._worked(query))
        worked = as_billed(worklogs, application, rules)
        first = (query.page - 1) * query.per_page
        return WorklogPage(
            items=worked[first : first + query.per_page],
            total=len(worked),
            totals=add_up(worked),
            has_own_rule=rules.rate_rule is not None,
        )

    def _page(self, query: ContractQuery) -> ClientPage:
        offset = (query.page - 1) * query.per_page
        found = self._warehouse.search_applications(query.search or "", offset=offset, limit=query.per_page)
        customers = self._warehouse.customers(each.customer_key for each in found.items)
        return ClientPage(
            items=tuple(Client(application=each, customer=customers.get(each.customer_key)) for each in found.items),
            total=found.total,
            unreadable=tuple(
                UnreadableClient(application_key=each.application_key, reason=each.reason) for each in found.unreadable
            ),
        )

    def _detail(self, application_key: str) -> ClientDetail:
        """A missing customer is shown as missing: this is the page where somebody looks for the reason."""
        application = self._warehouse.application(application_key)
        customer_key = application.customer_key
        return ClientDetail(
            application=application,
            customer=self._warehouse.customers([customer_key]).get(customer_key),
            contacts=tuple(self._warehouse.contacts(customer_key)),
        )

    def _worked(self, query: WorklogQuery) -> tuple[Application, list[Worklog]]:
        application = self._warehouse.application(query.application_key)
        return application, self._warehouse.worklogs(application.labels, query.period.start, query.period.end)
