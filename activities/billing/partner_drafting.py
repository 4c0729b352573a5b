"""The activity that drafts a partner invoice: gate, claim and prices of the orders, in one transaction."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.partners import order_rows
from activities.partners.order_store import OrderStore
from activities.partners.partner_reader import PartnerReader
from models.billing.partner_draft import OrdersRefused, gate_obstacles, partner_draft, unpriced
from models.billing.ports import DRAFT_ORDERS, DraftInput
from models.contracts.terms import TermsMissing
from models.invoice.content.content import Content
from models.invoice.content.draft_request import Orders
from models.invoice.errors import DraftRefused
from models.partners.orders.errors import NotReady, OrderUnknown
from models.partners.readiness import gate_rules
from models.partners.terms import PartnerMissing, PartnerTerms
from models.values.failure_codes import Failure

MOST_LISTED = 200


class PartnerDrafting:
    """Drafts invoices from orders. A repeated attempt claims the same orders for the same invoice."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._partners = PartnerReader(engine)
        self._orders = OrderStore(engine)

    @activity.defn(name=DRAFT_ORDERS.name)
    async def draft_orders(self, drafting: DraftInput) -> Content:
        """Return the content of the draft; its orders are ReadyForInvoice and stand on this invoice.

        Nothing changes if it is refused. Raises ORDERS_NOT_READY with every reason of every order, ORDERS_UNKNOWN,
        PARTNER_NOT_FOUND, TERMS_MISSING or DRAFT_REFUSED, none of which is retried.
        """
        subject, invoice_id = drafting.request.subject, drafting.invoice_id
        assert isinstance(subject, Orders)
        assert invoice_id is not None
        with mapped_errors():
            terms = await self._partners.terms(subject.partner_key)
            try:
                async with self._engine.begin() as connection:
                    orders = await self._orders.claim_for_invoice(
                        connection,
                        subject.order_keys,
                        invoice_id,
                        gate_rules(terms.partner),
                        activity.info().scheduled_time,
                        partner_key=subject.partner_key,
                    )
                    return await asyncio.to_thread(
                        partner_draft, terms, orders, drafting.invoice_date, drafting.request.by
                    )
            except NotReady as refused:
                raise await self._with_missing_rates(refused, subject, terms) from refused

    async def _with_missing_rates(self, refused: NotReady, subject: Orders, terms: PartnerTerms) -> OrdersRefused:
        """Return the refusal with the rates that are missing too, so that a person sees every reason at once."""
        async with self._engine.begin() as connection:
            orders = await order_rows.locked(connection, subject.order_keys)
        return OrdersRefused([*gate_obstacles(refused.obstacles), *unpriced(terms, orders.values())])


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Raise the refusals as ApplicationError with their failure code and, for orders, all obstacles."""
    try:
        yield
    except OrdersRefused as error:
        listed = [each.model_dump() for each in error.obstacles[:MOST_LISTED]]
        raise ApplicationError(
            str(error), {"obstacles": listed}, type=Failure.ORDERS_NOT_READY, non_retryable=True
        ) from error
    except OrderUnknown as error:
        raise ApplicationError(error.message, type=Failure.ORDERS_UNKNOWN, non_retryable=True) from error
    except PartnerMissing as error:
        raise ApplicationError(str(error), type=Failure.PARTNER_NOT_FOUND, non_retryable=True) from error
    except TermsMissing as error:
        raise ApplicationError(str(error), type=Failure.TERMS_MISSING, non_retryable=True) from error
    except DraftRefused as error:
        raise ApplicationError(str(error), type=Failure.DRAFT_REFUSED, non_retryable=True) from error
