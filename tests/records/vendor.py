"""A vendor as the ledger meets it: it keeps what was created, and loses answers or refuses as told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from activities.effect_steps import AT_ONCE, EffectSteps, Payload
from activities.ledger import Ledger
from activities.ledger_entry import Entry, Found, NotNeeded
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

    async def execute(self, **more: Any) -> Receipt:
        return await self.ledger.execute(self.request, VendorSteps(self, **more))

    async def entry(self) -> Entry:
        entry = await self.ledger.find(self.request.key)
        assert entry is not None
        return entry

    async def state(self) -> EffectState:
        return (await self.entry()).state


@dataclass
class VendorSteps(EffectSteps):
    """The steps of an effect at this vendor; a test may replace each of them."""

    vendor: Vendor
    data: Payload = "сумма 15000000.00"
    settle: timedelta = AT_ONCE
    always_probe: bool = False
    on_probe: Callable[[], Awaitable[Found | NotNeeded | None]] | None = None
    on_prepare: Callable[[], Awaitable[None]] | None = None
    on_create: Callable[[], Awaitable[Found]] | None = None
    on_read_back: Callable[[Found], Awaitable[Found]] | None = None

    def __post_init__(self) -> None:
        self.reads_back = self.on_read_back is not None

    def payload(self) -> Payload:
        return self.data

    async def probe(self) -> Found | NotNeeded | None:
        return await (self.on_probe or self.vendor.probe)()

    async def prepare(self) -> None:
        if self.on_prepare:
            await self.on_prepare()

    async def create(self) -> Found:
        return await (self.on_create or self.vendor.create)()

    async def read_back(self, made: Found) -> Found:
        assert self.on_read_back
        return await self.on_read_back(made)


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
