"""The push of bills: once for each content, held, skipped, forced or refused, with every fault of the network."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.bills.finance_push import SAME_CONTENT, FinancePush
from activities.bills.push_records import PushRecords
from activities.clients import finance
from activities.clients.errors import Ambiguous, Transient
from activities.clients.finance import Finance
from activities.ledger.ledger import Ledger
from models.bills.bill import Bill, BillStatus, PushState
from models.bills.cost_line import ChargeCategory
from models.bills.finance.ports import PushRequest
from models.bills.problem import Problem
from models.invoice.effects import EffectState
from models.values.failure_codes import Failure
from tests.activities.bills.pushing import IDENTITY, imports, invoices, request, until_done
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.pushed_bills import april_lines, bill_of, lines_of, recorded, write
from tests.fixtures.sandboxes import Sandbox

S = PushState


@pytest.fixture
async def april(engine: AsyncEngine) -> Bill:
    lines = april_lines()
    return await write(engine, bill_of(lines), lines)


async def ledger_states(engine: AsyncEngine, bill: Bill) -> list[tuple[str, int]]:
    query = text("SELECT state, attempts FROM external_effects WHERE invoice_id = :bill ORDER BY key")
    async with engine.connect() as connection:
        return [(row[0], row[1]) for row in await connection.execute(query, {"bill": bill.id})]


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


# The fault, how often the invoice was imported in the end, and what finance answered last.
FAULTS: list[tuple[str, dict[str, Any], int, str]] = [
    ("reset_before", {}, 1, "created"),
    ("commit_then_reset", {}, 1, "updated"),
    ("html_502", {}, 1, "created"),
    ("empty_200", {}, 1, "updated"),
    ("malformed_body", {}, 1, "updated"),
    ("status", {"status": 503}, 1, "created"),
    ("status", {"status": 429}, 1, "created"),
    ("one_writer_lock", {}, 1, "created"),
]


class TestFaults:
    @pytest.mark.parametrize(("kind", "more", "imported", "action"), FAULTS)
    async def test_one_invoice_whatever_happens_to_the_import(
        self,
        push: FinancePush,
        finance_sandbox: Sandbox,
        engine: AsyncEngine,
        april: Bill,
        kind: str,
        more: dict[str, Any],
        imported: int,
        action: str,
    ) -> None:
        finance_sandbox.fault(kind, method="POST", path="import-invoice", **more)
        result, attempts = await until_done(push, request(april))
        assert (result.state, result.action, attempts) == (S.PUSHED, action, 2)
        [invoice] = invoices(finance_sandbox)
        assert (len(invoice["actions"]), invoice["invoice_id"]) == (imported, result.finance_invoice_id)
        assert [state for state, _ in await ledger_states(engine, april)] == [EffectState.DONE]
        assert (await recorded(engine, april))["push_state"] == "pushed"
        assert (await push.push(request(april))).note == SAME_CONTENT

    @pytest.mark.parametrize("kind", ["commit_then_reset", "empty_200", "malformed_body", "reset_before"])
    async def test_a_finance_that_finds_nothing_removes_the_duplicate_itself(
        self, push: FinancePush, finance_sandbox: Sandbox, april: Bill, kind: str
    ) -> None:
        """It has no look, so the import is repeated: safe, because the key gives one invoice."""
        finance_sandbox.admin("look", {"exists": False})
        finance_sandbox.fault(kind, method="POST", path="import-invoice")
        result, _ = await until_done(push, request(april))
        [invoice] = invoices(finance_sandbox)
        was_there = kind != "reset_before"
        assert (result.state, result.action) == (S.PUSHED, "updated" if was_there else "created")
        assert len(invoice["actions"]) == (2 if was_there else 1)

    async def test_an_answer_that_comes_too_late(
        self, finance_sandbox: Sandbox, engine: AsyncEngine, ledger: Ledger, april: Bill
    ) -> None:
        finance_sandbox.fault("delay", method="POST", path="import-invoice", seconds=30)
        async with finance.connect(finance_sandbox.url, 30.0) as http:
            http.timeout = httpx.Timeout(1.0)
            impatient = FinancePush(engine, ledger, Finance(http, IDENTITY))
            with pytest.raises(Ambiguous, match="did not answer in time"):
                await impatient.push(request(april))
            row = await recorded(engine, april)
            assert (row["push_state"], (row["push_note"] or "")[-22:]) == ("pending", " The push is repeated.")
            http.timeout = httpx.Timeout(30.0)
            assert (await impatient.push(request(april))).action == "updated"
        [invoice] = invoices(finance_sandbox)
        assert invoice["actions"] == ["created"]

    async def test_an_import_that_is_carried_out_later_does_not_undo_a_newer_one(
        self, push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine, april: Bill
    ) -> None:
        finance_sandbox.fault("late_commit", method="POST", path="import-invoice", seconds=1)
        with pytest.raises(Ambiguous):
            await push.push(request(april))
        corrected = lines_of(("2.47",) * 31 + ("3.45",), "7.90")
        second = bill_of(corrected, id=april.id, key=april.key, version=2)
        await write(engine, second, corrected)
        result = await push.push(request(second))
        assert (result.state, result.action) == (S.PUSHED, "created")

        async def refused() -> int:
            return int(invoices(finance_sandbox)[0]["refused"])

        assert await eventually(refused, bool) == 1  # the late import is carried out, and changes nothing
        [invoice] = invoices(finance_sandbox)
        assert (invoice["content"]["version"], invoice["content"]["amount_gross_minor"]) == (2, 8792)

    async def test_a_failed_look_repeats_nothing(
        self, push: FinancePush, finance_sandbox: Sandbox, april: Bill
    ) -> None:
        finance_sandbox.fault("commit_then_reset", method="POST")
        finance_sandbox.fault("html_502", method="GET", times=3)
        with pytest.raises(Ambiguous):
            await push.push(request(april))
        for _ in range(3):
            with pytest.raises(Transient):
                await push.push(request(april))
        assert imports(finance_sandbox) == 1
        assert (await push.push(request(april))).action == "updated"
        assert imports(finance_sandbox) == 1

    async def test_a_forced_push_is_repeated_after_a_lost_answer(
        self, push: FinancePush, finance_sandbox: Sandbox, april: Bill
    ) -> None:
        await push.push(request(april))
        finance_sandbox.fault("reset_before", method="POST")
        result, attempts = await until_done(push, request(april, forced=True))
        assert (result.action, attempts) == ("updated", 2)
        [invoice] = invoices(finance_sandbox)
        assert invoice["actions"] == ["created", "updated"]

    async def test_a_worker_that_dies_before_the_bill_is_written(
        self,
        push: FinancePush,
        finance_sandbox: Sandbox,
        engine: AsyncEngine,
        april: Bill,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The ledger has the receipt, so the next attempt sends nothing and writes what finance answered."""

        class Killed(BaseException):
            pass

        async def die(*_: object) -> None:
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(PushRecords, "record_pushed", die)
            with pytest.raises(Killed):
                await push.push(request(april))
        assert (await recorded(engine, april))["push_state"] == "pending"
        result = await push.push(request(april))
        assert (result.state, result.action, imports(finance_sandbox)) == (S.PUSHED, "created", 1)
        assert (await recorded(engine, april))["finance_invoice_id"] == result.finance_invoice_id


class TestLargeBills:
    async def test_two_thousand_lines_are_sent_one_by_one(
        self, push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine
    ) -> None:
        lines = lines_of(("0.01",) * 2000)
        bill = await write(engine, bill_of(lines), lines)
        await push.push(request(bill))
        [invoice] = invoices(finance_sandbox)
        assert (len(invoice["content"]["lines"]), invoice["content"]["lines_summed_by"]) == (2000, [])

    async def test_more_are_summed_by_service_project_and_category(
        self, push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine
    ) -> None:
        """2,001 lines of 0.005 are 10.005, which is 10.01; 1,500 of them are 7.500, the others 2.505, which is 2.51."""
        lines = [
            line.model_copy(update={"project_name": "shop" if line.position <= 1500 else None})
            for line in lines_of(("0.005",) * 2001)
        ]
        bill = await write(engine, bill_of(lines), lines)
        await push.push(request(bill))
        [invoice] = invoices(finance_sandbox)
        content = invoice["content"]
        assert content["lines_summed_by"] == ["service", "project", "charge_category"]
        assert content["amount_gross_minor"] == 1001
        shown = {
            (line["project"], line["amount"], line["amount_minor"], line["line_count"]) for line in content["lines"]
        }
        assert shown == {("shop", "7.500", 750, 1500), (None, "2.505", 251, 501)}

    async def test_too_many_projects_are_summed_by_service_and_category(
        self, push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine
    ) -> None:
        lines = [
            line.model_copy(update={"project_name": f"project {line.position}"}) for line in lines_of(("0.01",) * 2001)
        ]
        bill = await write(engine, bill_of(lines), lines)
        await push.push(request(bill))
        content = invoices(finance_sandbox)[0]["content"]
        assert content["lines_summed_by"] == ["service", "charge_category"]
        [line] = content["lines"]
        assert (line["product"], line["amount"], line["line_count"]) == ("Droplets", "20.01", 2001)
        assert line["charge_category"] == ChargeCategory.USAGE

    async def test_too_many_services_are_summed_by_category(
        self, push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine
    ) -> None:
        lines = [
            line.model_copy(update={"service_name": f"service {line.position}"}) for line in lines_of(("0.01",) * 2001)
        ]
        bill = await write(engine, bill_of(lines), lines)
        await push.push(request(bill))
        content = invoices(finance_sandbox)[0]["content"]
        assert content["lines_summed_by"] == ["charge_category"]
        assert [Decimal(line["amount"]) for line in content["lines"]] == [Decimal("20.01")]


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
