"""A posting that has completed is compared with PlanFact on request; nothing is created, whatever is found there."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.accounting.shipments import Accounting
from activities.clients.errors import Transient
from activities.clients.planfact.client import PlanFact
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from models.invoice.effects import EffectName, EffectState, Receipt
from models.invoice.ports import EffectRequest
from models.invoice.postings.synchronisation import VERIFIES
from models.values.failure_codes import Failure
from tests.activities.accounting.posting import accounting_on, creations
from tests.fixtures.issued_invoices import OVERTIME, content, issue, line, run
from tests.fixtures.sandboxes import Sandbox

POST = EffectName.ACCOUNTING


@pytest.fixture
async def request_(store: DocumentStore) -> EffectRequest:
    return (await issue(store)).request(POST)


@pytest.fixture
async def posted(accounting: Accounting, request_: EffectRequest) -> Receipt:
    return await run(accounting.post, request_)


def verifying(request: EffectRequest, vendor_id: str | None) -> EffectRequest:
    return request.model_copy(update={"argument": {VERIFIES: vendor_id or ""}})


async def test_the_record_is_read_and_returned(
    accounting: Accounting, planfact_sandbox: Sandbox, request_: EffectRequest, posted: Receipt
) -> None:
    before = len(planfact_sandbox.requests())
    receipt = await run(accounting.post, verifying(request_, posted.vendor_id))
    assert (receipt.state, receipt.vendor_id, receipt.details) == (EffectState.DONE, posted.vendor_id, posted.details)
    assert receipt.details["deal_id"] == "50000001"
    assert [each["method"] for each in planfact_sandbox.requests()[before:]] == ["GET"]
    assert (creations(planfact_sandbox), len(planfact_sandbox.effects())) == (1, 1)


async def test_a_deleted_record_is_reported_and_not_posted_again(
    accounting: Accounting,
    books: PlanFact,
    planfact_sandbox: Sandbox,
    request_: EffectRequest,
    posted: Receipt,
    ledger: Ledger,
) -> None:
    await books.delete_operation(int(posted.vendor_id or 0))
    for _ in range(2):
        with pytest.raises(ApplicationError, match="no longer exists in PlanFact") as refusal:
            await run(accounting.post, verifying(request_, posted.vendor_id))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
        assert str(posted.vendor_id) in refusal.value.message
    assert creations(planfact_sandbox) == 1
    entry = await ledger.find(request_.key)
    assert entry is not None
    assert (entry.state, entry.vendor_id) == (EffectState.DONE, posted.vendor_id)


async def test_a_record_with_another_amount_is_reported(
    accounting: Accounting, store: DocumentStore, posted: Receipt
) -> None:
    """The id belongs to an invoice of 15,825,000.00, this invoice has 15,000,001.00."""
    other = await issue(store, content(line(OVERTIME.line_type, "15000001.00")))
    with pytest.raises(ApplicationError, match=r"stored 15825000.* instead of 15000001\.00") as refusal:
        await run(accounting.post, verifying(other.request(POST), posted.vendor_id))
    assert refusal.value.non_retryable


async def test_a_record_that_a_person_found_needs_no_marker_and_is_not_posted_again(
    accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore, posted: Receipt
) -> None:
    """The effect was resolved with the id of a shipment that someone had entered by hand."""
    resolved = (await issue(store)).request(POST)
    receipt = await run(accounting.post, verifying(resolved, posted.vendor_id))
    assert (receipt.state, receipt.vendor_id) == (EffectState.DONE, posted.vendor_id)
    assert creations(planfact_sandbox) == 1


@pytest.mark.parametrize("vendor_id", ["s-9", "70000001x", "-1"])
async def test_an_id_that_is_none_is_reported(
    vendor_id: str, accounting: Accounting, planfact_sandbox: Sandbox, request_: EffectRequest
) -> None:
    with pytest.raises(ApplicationError, match="not the id of an operation") as refusal:
        await run(accounting.post, verifying(request_, vendor_id))
    assert refusal.value.non_retryable
    assert planfact_sandbox.requests() == []


async def test_an_outage_is_waited_for(
    accounting: Accounting, planfact_sandbox: Sandbox, request_: EffectRequest, posted: Receipt
) -> None:
    planfact_sandbox.fault("html_502", method="GET")
    with pytest.raises(Transient):
        await run(accounting.post, verifying(request_, posted.vendor_id))
    assert (await run(accounting.post, verifying(request_, posted.vendor_id))).vendor_id == posted.vendor_id


async def test_without_planfact_it_says_so(store: DocumentStore, ledger: Ledger, request_: EffectRequest) -> None:
    with pytest.raises(ApplicationError, match="shipment 7 cannot be checked") as refusal:
        await run(accounting_on(None, store, ledger).post, verifying(request_, "7"))
    assert refusal.value.type == Failure.SWITCHED_OFF


async def test_a_used_up_quota_delays_the_posting_until_it_is_renewed(
    accounting: Accounting, planfact_sandbox: Sandbox, request_: EffectRequest
) -> None:
    """Temporal tries again when the quota is renewed, and the reason names that time."""
    planfact_sandbox.admin("quota", {"calls": 0})
    now = datetime.now(UTC)
    renewed = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
    for _ in range(3):
        with pytest.raises(ApplicationError) as waiting:
            await run(accounting.post, request_)
        assert not waiting.value.non_retryable
        assert waiting.value.next_retry_delay is not None
        assert abs(datetime.now(UTC) + waiting.value.next_retry_delay - renewed) < timedelta(minutes=1)
        assert f"{renewed:%Y-%m-%d} at 00:00 UTC" in waiting.value.message
    assert len(planfact_sandbox.requests()) == 1
    assert creations(planfact_sandbox) == 0
