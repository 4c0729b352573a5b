"""The draft of an invoice from orders, for the routes of orders and of batches."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import Depends

from activities.partners.batch_store import BatchStore
from activities.partners.order_store import OrderStore
from activities.partners.partner_reader import PartnerReader
from api.access.deps import Actor, DrafterDep
from api.deps import AppState, KeyDep, StateDep
from api.errors import Conflict, NotFound
from api.http.envelopes import ConflictDetails
from api.invoice.deps import InvoicesDep
from api.invoice.repository import InvoiceRepository
from api.invoice.schemas import InvoiceView
from models.billing.partner_draft import OrdersRefused, obstacles_to_invoice
from models.invoice.content.draft_request import DraftRequest, Orders
from models.invoice.invoice import Invoice
from models.partners.batches.batch import Batch
from models.partners.orders.order import Order
from models.partners.readiness import gate_rules
from models.partners.terms import PartnerMissing, PartnerTerms
from models.values.request_fingerprint import fingerprint
from workflows.client import invoices
from workflows.client.errors import WorkflowClosed

MOST_ATTEMPTS = 50


class Drafted(NamedTuple):
    """An invoice, and whether this request has made it."""

    invoice: Invoice
    is_new: bool


class Placed(NamedTuple):
    """Where an order that can be invoiced stands now: on an invoice of its own, or in the batch of its partner."""

    drafted: Drafted | None = None
    batch: Batch | None = None


@dataclass(frozen=True)
class DraftCall:
    """One request for the draft of orders: who asks, with which idempotency key."""

    state: AppState
    repository: InvoiceRepository
    user: Actor
    key: str

    async def draft(self, orders: Orders) -> Drafted:
        """Return the new draft, or the live invoice that this very set of orders has.

        A draft names the newest rejected invoice of its orders as the one that it replaces.
        """
        attempt, last = await self._last_attempt(orders)
        request_fingerprint = fingerprint(f"from_orders:{self.key}", orders.model_dump_json(exclude={"replaces"}))
        if last is not None and last.is_live:
            invoice = last
        else:
            replaces = await self.repository.rejected_for(orders.order_keys)
            request = DraftRequest(
                subject=orders.model_copy(update={"replaces": replaces}),
                by=self.user.username,
                request_fingerprint=request_fingerprint,
            )
            invoice = await self._open(request, attempt)
        return Drafted(invoice, invoice.request.request_fingerprint == request_fingerprint)

    async def place(self, order_key: str, now: datetime) -> Placed:
        """Draft the invoice of one order, or put it into the open batch of its partner, type and month.

        The partner's setting decides. Raises OrdersRefused or NotReady with every reason if it cannot be invoiced.
        """
        order = await OrderStore(self.state.engines.queries).read(order_key)
        try:
            terms = await PartnerReader(self.state.engines.queries).terms(order.partner_key)
        except PartnerMissing as error:
            raise NotFound(str(error)) from error
        if terms.partner.in_batches:
            return Placed(batch=await self._into_batch(order, terms, now))
        return Placed(drafted=await self.draft(Orders(partner_key=order.partner_key, order_keys=(order_key,))))

    async def close_batch(self, batch_key: str, now: datetime) -> Drafted:
        """Close the batch and return the draft of its orders. Raise Conflict for a batch without orders."""
        batch, order_keys = await BatchStore(self.state.engines.settings).close(batch_key, self.user.username, now)
        if not order_keys:
            message = f"The batch {batch.key} is closed and holds no orders, so it gets no invoice."
            raise Conflict(message, ConflictDetails(reason="EmptyBatch"))
        return await self.draft(Orders(partner_key=batch.scope.partner_key, order_keys=order_keys, batch=batch.key))

    async def _into_batch(self, order: Order, terms: PartnerTerms, now: datetime) -> Batch:
        if order.invoice_id is None and (found := obstacles_to_invoice(terms, order)):
            raise OrdersRefused(found)
        engine = self.state.engines.settings
        async with engine.begin() as connection:
            return await BatchStore(engine).add(connection, order, gate_rules(terms.partner), terms.partner.zone, now)

    def view(self, invoice: Invoice) -> InvoiceView:
        """Return the invoice as the caller may see it."""
        return InvoiceView.seen_by(self.user.role, invoice, self.user.username, self.state.archive)

    async def _last_attempt(self, orders: Orders) -> tuple[int, Invoice | None]:
        request = DraftRequest(subject=orders, by=self.user.username)
        ids = [invoices.workflow_id_of(request, attempt) for attempt in range(MOST_ATTEMPTS)]
        attempt, last = await self.repository.attempt_for_orders(ids)
        if attempt == MOST_ATTEMPTS:
            raise Conflict(
                f"These orders have had {MOST_ATTEMPTS} invoices, all withdrawn or rejected; nothing was changed.",
                ConflictDetails(reason="Refused"),
            )
        return attempt, last

    async def _open(self, request: DraftRequest, attempt: int) -> Invoice:
        client, timeout = await self.state.temporal.client(), self.state.update_timeout
        try:
            opened = await invoices.generate(client, request, attempt, timeout)
        except WorkflowClosed as error:
            raise Conflict(
                "An invoice of these orders is being closed or withdrawn. Try again in a moment.",
                ConflictDetails(reason="WorkflowClosed"),
            ) from error
        found = await self.repository.find(opened.invoice_id)
        assert found is not None  # the workflow answers after it has saved the invoice, and invoices are never deleted
        return found


async def _call(state: StateDep, repository: InvoicesDep, user: DrafterDep, key: KeyDep) -> DraftCall:
    return DraftCall(state, repository, user, key)


CallDep = Annotated[DraftCall, Depends(_call)]
