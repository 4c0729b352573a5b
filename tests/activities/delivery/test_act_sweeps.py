"""The sweep of acts on the sandbox of Didox: what it finds, what it costs, and what its faults do."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.clients.didox.client import ActDraft, ActLine, Didox
from activities.clients.errors import Transient
from activities.delivery.act_sweeps import SWITCHED_OFF, ActSweep, Sweeps
from activities.invoice.projection import InvoiceProjection
from models.invoice.acts.act import ActState
from models.invoice.acts.sweep import ActPage, ActPageRequest, Swept
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from models.values.failure_codes import Failure
from tests.fixtures import database_invoices
from tests.fixtures.sandboxes import PASSWORD, SELLER_TIN, Sandbox

NOW = datetime.now(UTC)
TODAY = NOW.date()
ACTS = ActPageRequest(type="005", page=1)


def draft(number: str) -> ActDraft:
    line = ActLine(name="Support", count=Decimal(1), price=Decimal(5), total=Decimal(5), measure_id=1)
    return ActDraft(
        number=number,
        act_date=date(2026, 3, 1),
        text="Support",
        contract_number="D-12",
        contract_date=date(2026, 1, 15),
        seller_name="ProximaOps",
        buyer_tin="123456789",
        buyer_name="Acme Corp",
        lines=(line,),
    )


@pytest.fixture
def sweep(operator: Didox, engine: AsyncEngine, sweeps: Sweeps) -> ActSweep:
    return ActSweep(operator, engine, sweeps)


async def found(sweep: ActSweep, request: ActPageRequest = ACTS) -> ActPage:
    return await ActivityEnvironment().run(sweep.find_changed, request)


Sent = Callable[..., Awaitable[tuple[str, Invoice]]]


@pytest.fixture
def sent(operator: Didox, didox_sandbox: Sandbox, engine: AsyncEngine) -> Sent:
    """Return a function that sends an act and saves its invoice, which knows this status."""

    async def send(knows: int = 1, status: Status = Status.SENT) -> tuple[str, Invoice]:
        document_id = await operator.create_act(draft(f"ACT-{uuid4().hex[:8]}"))
        didox_sandbox.admin(f"{document_id}/sign")
        known = ActState(document_id=document_id, status=knows, at=NOW)
        invoice = database_invoices.invoice(act=known, status=status)
        await InvoiceProjection(engine).project(invoice)
        return document_id, invoice

    return send


def asked(sandbox: Sandbox) -> list[str]:
    return [request["path"] for request in sandbox.requests() if "/auth/" not in request["path"]]


async def test_only_what_an_invoice_does_not_know_is_told(
    sweep: ActSweep, didox_sandbox: Sandbox, operator: Didox, sent: Sent
) -> None:
    await sent()
    signed, invoice = await sent()
    didox_sandbox.admin(f"{signed}/partner-sign")
    didox_sandbox.admin(f"{await operator.create_act(draft('BY-HAND'))}/sign")
    page = await found(sweep)
    assert (page.listed, page.unknown, page.is_last) == (3, 1, True)
    [change] = page.changes
    assert (change.workflow_id, change.invoice_id) == (invoice.workflow_id, invoice.id)
    assert change.change.document_id == signed
    assert change.change.report.startswith("status 3, updated 2")
    assert change.request == invoice.request


@pytest.mark.parametrize(
    ("knows", "status", "invoice_status", "told"),
    [
        (3, 50, Status.ACCEPTED, True),
        (3, 40, Status.CLOSED, True),
        (1, 50, Status.SENT, True),
        (50, 50, Status.SENT, False),
        (1, 5, Status.VOID, False),
        (1, 5, Status.REJECTED, False),
    ],
)
async def test_an_act_that_was_ended(
    knows: int,
    status: int,
    invoice_status: Status,
    told: bool,
    sweep: ActSweep,
    didox_sandbox: Sandbox,
    sent: Sent,
) -> None:
    document_id, _ = await sent(knows, invoice_status)
    didox_sandbox.admin(f"{document_id}/annul", {"status": status})
    assert len((await found(sweep)).changes) == told


async def test_the_list_lags_and_a_later_sweep_finds_it(
    sweep: ActSweep, didox_sandbox: Sandbox, sent: Sent, sweeps: Sweeps
) -> None:
    """The day of the last sweep and the one before are searched again."""
    document_id, _ = await sent()
    didox_sandbox.admin("behaviour", {"list_lag_seconds": 600})
    didox_sandbox.admin("clock", {"seconds": 601})
    didox_sandbox.admin(f"{document_id}/partner-sign")
    page = await found(sweep)
    assert (page.listed, page.changes) == (1, ())  # the list still shows it as sent
    await ActivityEnvironment().run(sweep.mark_swept, Swept(began_at=NOW))
    didox_sandbox.admin("clock", {"seconds": 601})
    later = await found(sweep)
    assert TODAY - timedelta(days=1) <= later.since <= TODAY
    assert [each.change.document_id for each in later.changes] == [document_id]


async def test_the_days_that_are_searched(sweep: ActSweep, didox_sandbox: Sandbox, sweeps: Sweeps) -> None:
    assert TODAY - timedelta(days=61) <= (await found(sweep)).since <= TODAY - timedelta(days=59)
    await sweeps.mark(SELLER_TIN, datetime(2026, 3, 10, 20, tzinfo=UTC))  # 11 March, 01:00 in Tashkent
    assert (await found(sweep)).since == date(2026, 3, 10)
    await sweeps.mark(SELLER_TIN, datetime(2026, 3, 9, tzinfo=UTC))  # an older sweep ends later
    assert (await found(sweep)).since == date(2026, 3, 10)
    fixed = await found(sweep, ActPageRequest(type="005", page=1, since=date(2026, 1, 1)))
    assert fixed.since == date(2026, 1, 1)


async def test_ten_thousand_open_acts_cost_tens_of_requests_an_hour(
    sweep: ActSweep, didox_sandbox: Sandbox, sweeps: Sweeps
) -> None:
    """10,000 acts are open; 2,000 of them were updated since yesterday: 20 pages of 100, and one request for the PDFs.

    One poll of each act an hour would be 10,000 requests.
    """
    didox_sandbox.admin("sent-acts", {"count": 8000, "days_old": 10})
    didox_sandbox.admin("sent-acts", {"count": 2000})
    await sweeps.mark(SELLER_TIN, NOW)
    before = len(asked(didox_sandbox))
    listed = 0
    for kind in ("005", "000"):
        page_number, page = 1, None
        while page is None or not page.is_last:
            page = await found(sweep, ActPageRequest(type=kind, page=page_number))
            listed, page_number = listed + page.listed, page_number + 1
    assert (listed, len(asked(didox_sandbox)) - before) == (2000, 21)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("reset_before", {}),
        ("commit_then_reset", {}),
        ("html_502", {}),
        ("empty_200", {}),
        ("malformed_body", {}),
        ("status", {"status": 503}),
    ],
)
async def test_a_fault_loses_nothing(
    kind: str, more: dict[str, Any], sweep: ActSweep, didox_sandbox: Sandbox, sent: Sent
) -> None:
    document_id, _ = await sent()
    didox_sandbox.admin(f"{document_id}/partner-sign")
    await found(sweep)  # logs in
    didox_sandbox.fault(kind, path="/v2/documents", **more)
    with pytest.raises(Transient):
        await found(sweep)
    assert len((await found(sweep)).changes) == 1


async def test_a_request_to_slow_down_is_honoured(sweep: ActSweep, didox_sandbox: Sandbox) -> None:
    didox_sandbox.fault("one_writer_lock", path="/v2/documents")
    with pytest.raises(ApplicationError) as limited:
        await found(sweep)
    assert (limited.value.type, limited.value.non_retryable) == ("RateLimited", False)


async def test_a_refused_login_is_not_repeated(
    didox_sandbox: Sandbox, operator: Didox, engine: AsyncEngine, sweeps: Sweeps
) -> None:
    wrong = ActSweep(Didox(operator._http, SELLER_TIN, type(PASSWORD)("wrong")), engine, sweeps)
    for _ in range(3):
        with pytest.raises(ApplicationError) as refusal:
            await found(wrong)
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
    assert sum("/auth/" in request["path"] for request in didox_sandbox.requests()) == 1


async def test_documents_that_people_wrote_without_number_partner_or_sum_stop_no_sweep(
    engine: AsyncEngine, sweeps: Sweeps
) -> None:
    odd = {"doc_id": "0A" * 16, "doctype": "005", "doc_status": 1, "name": None, "partnerTin": None, "total_sum": ""}

    def reply(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, json={"token": "key"} if "/auth/" in request.url.path else {"data": [odd], "total": 1}
        )

    http = httpx.AsyncClient(base_url="http://didox", transport=httpx.MockTransport(reply))
    page = await found(ActSweep(Didox(http, SELLER_TIN, PASSWORD), engine, sweeps))
    assert (page.listed, page.unknown, page.is_last) == (1, 1, True)


async def test_without_didox_nothing_is_swept(engine: AsyncEngine, sweeps: Sweeps) -> None:
    page = await found(ActSweep(None, engine, sweeps))
    assert (page.note, page.is_last, page.changes) == (SWITCHED_OFF, True, ())
