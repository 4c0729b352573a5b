"""The push of bills: once for each content, held, skipped, forced or refused, with every fault of the network."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.bills.finance_push import SAME_CONTENT, FinancePush
from activities.clients import finance
from activities.clients.finance import Finance
from activities.ledger.ledger import Ledger
from models.bills.bill import Bill, BillStatus, PushState
from models.bills.finance.ports import PushRequest
from models.bills.problem import Problem
from models.values.failure_codes import Failure
from tests.activities.bills.pushing import IDENTITY, imports, invoices, ledger_states, request
from tests.fixtures.pushed_bills import april_lines, bill_of, lines_of, recorded, write
from tests.fixtures.sandboxes import Sandbox

S = PushState


async def test_a_bill_is_pushed_once(
    push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine, april: Bill
) -> None:
    result = await push.push(request(april))
    [invoice] = invoices(finance_sandbox)
    assert (result.state, result.action, result.finance_invoice_id) == (S.PUSHED, "created", invoice["invoice_id"])
    content = invoice["content"]
    assert (content["source"], invoice["tenant_id"], len(content["lines"])) == ("digitalocean", "platform-admin", 33)
    assert [content[f"amount_{name}_minor"] for name in ("gross", "tax", "net")] == [8692, 790, 7902]
    row = await recorded(engine, april)
    assert row == {
        "push_state": "pushed",
        "push_note": None,
        "pushed_digest": invoice["content_digest"],
        "pushed_to_finance_at": result.pushed_at,
        "finance_invoice_id": invoice["invoice_id"],
    }
    assert await ledger_states(engine, april) == [("done", 1)]

    again = await push.push(request(april))
    assert (again.state, again.note, again.action) == (S.PUSHED, SAME_CONTENT, None)
    assert (again.finance_invoice_id, again.pushed_at) == (result.finance_invoice_id, result.pushed_at)
    assert imports(finance_sandbox) == 1


async def test_a_forced_push_is_answered_updated(
    push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine, april: Bill
) -> None:
    first = await push.push(request(april))
    for count in (2, 3):
        forced = await push.push(request(april, forced=True))
        assert (forced.state, forced.action) == (S.PUSHED, "updated")
        assert forced.finance_invoice_id == first.finance_invoice_id
        assert imports(finance_sandbox) == count
    assert len(finance_sandbox.effects()) == 2  # one invoice, one vendor
    assert forced.pushed_at is not None
    assert first.pushed_at is not None
    assert forced.pushed_at > first.pushed_at
    assert (await recorded(engine, april))["pushed_to_finance_at"] == forced.pushed_at


async def test_another_content_is_pushed_and_one_that_comes_back_too(
    push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine, april: Bill
) -> None:
    await push.push(request(april))
    corrected = lines_of(("2.47",) * 31 + ("3.45",), "7.90")
    second = bill_of(corrected, id=april.id, key=april.key, version=2)
    await write(engine, second, corrected)
    changed = await push.push(request(second))
    assert (changed.state, changed.action) == (S.PUSHED, "updated")
    third = bill_of(april_lines(), id=april.id, key=april.key, version=3)
    await write(engine, third, april_lines())
    assert (await push.push(request(third))).action == "updated"
    [invoice] = invoices(finance_sandbox)
    assert (invoice["actions"], invoice["content"]["amount_gross_minor"]) == (["created", "updated", "updated"], 8692)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"status": BillStatus.OPEN}, "The bill is open"),
        ({"status": BillStatus.VOIDED}, "The vendor has voided the bill"),
        (
            {"problems": (Problem(code="total", message="It states 90.00.", contradicts_total=True),)},
            "The bill does not add up. It states 90.00.",
        ),
    ],
)
async def test_a_bill_that_is_not_payable_is_held(
    push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine, change: dict[str, Any], note: str
) -> None:
    bill = await write(engine, bill_of(april_lines(), **change), april_lines())
    for forced in (False, True):
        result = await push.push(request(bill, forced=forced))
        assert result.state is S.HELD
        assert (result.note or "").startswith(note)
    assert (await recorded(engine, bill))["push_state"] == "held"
    assert finance_sandbox.requests() == []


async def test_a_bill_that_is_voided_later_says_what_finance_has(
    push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine, april: Bill
) -> None:
    pushed = await push.push(request(april))
    voided = bill_of(april_lines(), id=april.id, key=april.key, version=2, status=BillStatus.VOIDED)
    await write(engine, voided, april_lines())
    result = await push.push(request(voided))
    assert (result.state, result.finance_invoice_id) == (S.HELD, pushed.finance_invoice_id)
    assert f"as invoice {pushed.finance_invoice_id}" in (result.note or "")


async def test_a_bill_whose_lines_are_missing_is_held(
    push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine
) -> None:
    bill = await write(engine, bill_of(april_lines()), april_lines()[:-1])
    result = await push.push(request(bill))
    assert (result.state, result.note) == (
        S.HELD,
        "The stored lines add up to 79.02, but the bill's gross is 86.92.",
    )
    assert finance_sandbox.requests() == []


async def test_an_older_version_is_not_pushed(
    push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine, april: Bill
) -> None:
    await write(engine, april.model_copy(update={"version": 2}), april_lines())
    result = await push.push(request(april))
    assert (result.state, (await recorded(engine, april))["push_state"]) == (S.HELD, "pending")
    assert finance_sandbox.requests() == []


async def test_an_unknown_bill_is_named(push: FinancePush) -> None:
    with pytest.raises(ApplicationError) as refused:
        await push.push(PushRequest(bill_id="no-such-bill", version=1))
    assert (refused.value.type, refused.value.non_retryable) == (Failure.BILL_NOT_FOUND, True)


async def test_without_a_configuration_the_push_is_skipped_and_made_up_for_later(
    push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine, ledger: Ledger, april: Bill
) -> None:
    result = await FinancePush(engine, ledger, None).push(request(april))
    assert (result.state, result.pushed_at) == (S.SKIPPED, None)
    row = await recorded(engine, april)
    assert row["push_state"] == "skipped"
    assert "AKTUM_FINANCE__URL" in row["push_note"]
    assert (await push.push(request(april))).action == "created"
    assert len(invoices(finance_sandbox)) == 1


class TestRefusals:
    async def test_a_refusal_is_shown_on_the_bill_and_can_be_retried(
        self, push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine, april: Bill
    ) -> None:
        finance_sandbox.fault("status", status=422, method="POST")
        result = await push.push(request(april))
        assert (result.state, result.finance_invoice_id) == (S.FAILED, None)
        row = await recorded(engine, april)
        assert row["push_note"] == "Finance finds the invoice invalid: a fault that was queued"
        assert row["pushed_digest"] is None
        assert (await push.push(request(april))).action == "created"
        assert len(invoices(finance_sandbox)) == 1

    async def test_a_locked_invoice_keeps_its_money(
        self, push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine, april: Bill
    ) -> None:
        made = await push.push(request(april))
        finance_sandbox.admin(f"invoices/{made.finance_invoice_id}/lock", {"locked": True})
        corrected = lines_of(("2.47",) * 31 + ("3.45",), "7.90")
        second = bill_of(corrected, id=april.id, key=april.key, version=2)
        await write(engine, second, corrected)
        result = await push.push(request(second))
        assert (result.state, result.finance_invoice_id) == (S.FAILED, made.finance_invoice_id)
        assert "The invoice is locked, so its money was not changed." in (result.note or "")
        row = await recorded(engine, second)
        [invoice] = invoices(finance_sandbox)
        assert row["pushed_digest"] == invoice["content_digest"]  # still the first version
        assert invoice["content"]["amount_gross_minor"] == 8692

    @pytest.mark.parametrize(("change", "status"), [({"roles": ("viewer",)}, 403), ({"audience": "other"}, 401)])
    async def test_a_token_that_finance_does_not_take(
        self,
        finance_sandbox: Sandbox,
        engine: AsyncEngine,
        ledger: Ledger,
        april: Bill,
        change: dict[str, Any],
        status: int,
    ) -> None:
        async with finance.connect(finance_sandbox.url, 30.0) as http:
            identity = type(IDENTITY)(**{**vars(IDENTITY), **change})
            result = await FinancePush(engine, ledger, Finance(http, identity)).push(request(april))
        assert result.state is S.FAILED
        assert [each["status"] for each in finance_sandbox.requests()] == [status]
        assert finance_sandbox.effects() == []


async def test_two_pushes_at_once_send_one_import(
    finance_sandbox: Sandbox, connect: Callable[..., AsyncEngine], service: Finance
) -> None:
    """The second one is told that an attempt is running, and is repeated."""
    engine = connect()
    push = FinancePush(engine, Ledger(connect()), service)
    bill = await write(engine, bill_of(april_lines()), april_lines())
    finance_sandbox.fault("delay", method="POST", seconds=1)
    results = await asyncio.gather(*(push.push(request(bill)) for _ in range(5)), return_exceptions=True)
    pushed = [result for result in results if not isinstance(result, BaseException)]
    waiting = [error for error in results if isinstance(error, ApplicationError)]
    assert (len(pushed), {error.type for error in waiting}) == (1, {Failure.ATTEMPT_RUNNING})
    assert imports(finance_sandbox) == 1
    assert (await push.push(request(bill))).note == SAME_CONTENT
