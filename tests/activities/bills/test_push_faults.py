"""The push with every fault of the network: one invoice at finance, and the ledger knows."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.bills.finance_push import SAME_CONTENT, FinancePush
from activities.bills.push_records import PushRecords
from activities.clients import finance
from activities.clients.errors import Ambiguous, Transient
from activities.clients.finance import Finance
from activities.ledger.ledger import Ledger
from models.bills.bill import Bill, PushState
from models.invoice.effects import EffectState
from tests.activities.bills.pushing import IDENTITY, imports, invoices, ledger_states, request, until_done
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.pushed_bills import bill_of, lines_of, recorded, write
from tests.fixtures.sandboxes import Sandbox

S = PushState

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

    async def test_without_a_configuration_an_unknown_outcome_is_not_skipped(
        self, push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine, ledger: Ledger, april: Bill
    ) -> None:
        finance_sandbox.fault("commit_then_reset", method="POST")
        with pytest.raises(Ambiguous):
            await push.push(request(april))
        result = await FinancePush(engine, ledger, None).push(request(april))
        assert result.state is S.FAILED
        assert "An earlier attempt ended without an answer" in (result.note or "")
        assert (await push.push(request(april))).action == "updated"
