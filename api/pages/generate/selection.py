"""The first step of the generator: a contract and a period, or all active contracts at once."""

from datetime import date

from fastapi import Request, Response

from api.contracts.filters import ClientFilter
from api.contracts.invoicing import ContractInvoices
from api.contracts.listing import client_list
from api.contracts.schemas import ClientList
from api.http.envelopes import Meta
from api.pages.clients import wording
from api.pages.clients.client_routes import down_message
from api.pages.lists import PER_PAGE, asked, pages
from api.pages.periods import AskedPeriod
from api.pages.rendering import Desk
from api.reads import Reads
from workflows.client.errors import RequestFailed

ADDRESS = "/generate"


async def selection_page(
    request: Request, desk: Desk, reads: Reads, invoices: ContractInvoices, today: date, chosen: AskedPeriod
) -> Response:
    """Show the active contracts that match, and how far each is invoiced for the period."""
    wanted = asked(request.query_params, ClientFilter, ADDRESS, per_page={"per_page": PER_PAGE})
    month = chosen.month if chosen.period.is_month else None
    filters = wanted.filters.model_copy(update={"period": month, "state": None})
    found, down = ClientList(data=[], meta=Meta(total=0, page=1, per_page=PER_PAGE), unreadable=[]), None
    try:
        found = await client_list(filters, reads, invoices, today)
        if not chosen.period.is_month:  # the filter knows months only
            keys = [each.application_key for each in found.data]
            states = await invoices.of(keys, chosen.period) if keys else {}
            found.data = [each.model_copy(update={"invoicing": states[each.application_key]}) for each in found.data]
    except RequestFailed as error:
        down = down_message(error)
    before, after = pages(wanted, filters.page, found.meta.total)
    return desk.page(
        "generate/select.html.j2",
        status=400 if chosen.error else 503 if down else 200,
        found=found,
        asked=wanted,
        chosen=chosen,
        down=down,
        wording=wording,
        previous=before,
        next=after,
    )
