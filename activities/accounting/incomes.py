"""The postings of payments: one income in PlanFact for each payment, deleted when the payment is reversed.

See docs/specification/effects.md 4.11.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from temporalio import activity

from activities.accounting.operations import (
    PacedSteps,
    as_posted,
    delete_posted,
    marker,
    operation_of,
    refusal,
    signature,
    verified,
)
from activities.accounting.references import find_references
from activities.clients.planfact.client import PlanFact
from activities.clients.planfact.records import IncomeDraft, OperationKind
from activities.documents.store import DocumentStore
from activities.ledger.effect_steps import NO_SETTLE_TIME, Payload
from activities.ledger.entry import Found
from activities.ledger.ledger import Ledger
from models.invoice.content.content import Content
from models.invoice.effects import EffectName, Receipt
from models.invoice.ports import EFFECT_PORTS, EffectRequest

SWITCHED_OFF = "Payments are not posted to PlanFact; the setting is AKTUM_PLANFACT__BOOK_PAYMENTS."


class IncomePostings:
    """The activities that post payments. Without an account they are skipped."""

    def __init__(
        self,
        planfact: PlanFact | None,
        store: DocumentStore,
        ledger: Ledger,
        *,
        account_id: int | None,
        category: str = "Продажа услуг",
        settle: timedelta = NO_SETTLE_TIME,
    ) -> None:
        """`account_id` is the account in PlanFact that the clients pay to; None if payments are not posted."""
        self._planfact = planfact
        self._store = store
        self._ledger = ledger
        self._account_id = account_id
        self._category = category
        self._settle = settle

    @activity.defn(name=EFFECT_PORTS[EffectName.PAYMENT_POSTING].name)
    async def post(self, request: EffectRequest) -> Receipt:
        """Create the income of a payment and return its receipt."""
        if self._planfact is None or self._account_id is None:
            return await self._ledger.cancel(request, SWITCHED_OFF)
        content, number = await self._store.content(request.digest)
        steps = PostIncome(self._planfact, request, content, number, self._account_id, self._category, self._settle)
        return await self._ledger.execute(request, steps)

    @activity.defn(name=EFFECT_PORTS[EffectName.PAYMENT_REVERSAL].name)
    async def reverse(self, request: EffectRequest) -> Receipt:
        """Delete the income of `post` and return the receipt. From now on no attempt of `post` calls PlanFact.

        It is also deleted when payments are no longer posted, because it would stay as income.
        """
        return await delete_posted(self._planfact, self._ledger, request, OperationKind.INCOME, self._settle)


@dataclass
class PostIncome(PacedSteps):
    """The steps that create the income of one payment."""

    reads_back = True
    calls = PacedSteps.calls + 1  # the account

    planfact: PlanFact
    request: EffectRequest
    content: Content
    number: str
    account_id: int
    category: str
    settle: timedelta
    draft: IncomeDraft | None = None

    @property
    def amount(self) -> Decimal:
        return Decimal(self.request.argument["amount"])

    def payload(self) -> Payload:
        return {"key": self.request.key, **self.request.argument}

    async def probe(self) -> Found | None:
        self.begin(self.planfact, self.request.key)
        income = await operation_of(self.planfact, OperationKind.INCOME, self.request.invoice_id, self.request.key)
        return as_posted(income, OperationKind.INCOME, self.amount) if income else None

    async def prepare(self) -> None:
        self.begin(self.planfact, self.request.key)
        argument, key = self.request.argument, self.content.subject_key
        await self._require_account()
        found = await find_references(self.planfact, key, self.category, int(argument["deal_id"] or 0) or None)
        mark = f"{marker(self.request.invoice_id)} {signature(self.request.key)}"
        self.draft = IncomeDraft(
            day=date.fromisoformat(argument["paid_on"]),
            account_id=self.account_id,
            deal_id=found.deal_id,
            contragent_id=found.contragent_id,
            project_id=found.project_id,
            category_id=found.category_id,
            value=self.amount,
            comment=f"Оплата {self.number}: {argument['reference']} {mark}",
            external_id=self.request.key,
        )

    async def create(self) -> Found:
        assert self.draft is not None, "prepare comes first"
        return Found(str((await self.planfact.create_income(self.draft)).id))

    async def read_back(self, created: Found) -> Found:
        return await verified(self.planfact, created.vendor_id, OperationKind.INCOME, self.amount)

    async def _require_account(self) -> None:
        """Raise Permanent if the account cannot take the payment. An income has the currency of its account."""
        account = await self.planfact.find_account(self.account_id)
        if account is None:
            raise refusal(
                f"PlanFact does not list account {self.account_id}. Check the setting AKTUM_PLANFACT__ACCOUNT_ID, then "
                "retry."
            )
        if not account.active:
            raise refusal(
                f"Account «{account.title}» ({account.id}) is archived in PlanFact. Restore it there, or configure "
                "another account, then retry."
            )
        if account.currency != self.content.currency:
            raise refusal(
                f"Account «{account.title}» ({account.id}) of PlanFact has the currency {account.currency}, but the "
                f"payment is in {self.content.currency}. Enter the income there by hand and resolve this effect with "
                "its id."
            )
