"""A vendor as the ledger meets it: it keeps what was created, and loses answers or refuses as told."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from activities.ledger import Ledger
from activities.ledger_entry import Entry, Found
from models.effects import EffectName, EffectState, Receipt
from models.ports import EffectRequest


class WorkerKilled(BaseException):
    """Ends an attempt without giving it a chance to write anything."""


@dataclass
class Vendor:
    """Keeps what was created, like a real one, and loses answers or refuses as told."""

    ledger: Ledger
    fails: list[BaseException] = field(default_factory=list)  # before it acts
    loses: list[BaseException] = field(default_factory=list)  # after it acted
    search_fails: list[BaseException] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    probes: int = 0
    request: EffectRequest = field(default_factory=lambda: request())

    async def probe(self) -> Found | None:
        self.probes += 1
        if self.search_fails:
            raise self.search_fails.pop(0)
        return self.found() if self.created else None

    async def create(self) -> Found:
        if self.fails:
            raise self.fails.pop(0)
        self.created.append(f"v-{len(self.created) + 1}")
        if self.loses:
            raise self.loses.pop(0)
        return self.found()

    def found(self) -> Found:
        return Found(vendor_id=self.created[-1], details={"status": "posted"})

    async def perform(self, **more: Any) -> Receipt:
        return await self.ledger.perform(
            self.request, payload="сумма 15000000.00", probe=self.probe, create=self.create, **more
        )

    async def entry(self) -> Entry:
        entry = await self.ledger.find(self.request.key)
        assert entry is not None
        return entry

    async def state(self) -> EffectState:
        return (await self.entry()).state


def request() -> EffectRequest:
    invoice_id = uuid4().hex
    return EffectRequest(
        key=f"{invoice_id}:3:accounting",
        name=EffectName.ACCOUNTING,
        invoice_id=invoice_id,
        workflow_id="service-invoice.app-001.2026-03",
        display_number="ACT-1",
        digest="d" * 64,
    )


def reversal(vendor: Vendor) -> EffectRequest:
    key = f"{vendor.request.invoice_id}:4:accounting_reversal"
    return vendor.request.model_copy(update={"key": key, "name": EffectName.ACCOUNTING_REVERSAL})
