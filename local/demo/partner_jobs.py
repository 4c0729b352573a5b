"""The part of the demo with the partners: a month of jobs, from the order to money, a rejection, and a late payer.

Each step looks at what is there first, so that a repetition on the same data changes nothing.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from local.demo.api_client import ApiClient, RequestRefused, is_done
from local.demo.scenario import AfterCommand, ReportStep, no_interruption
from local.demo_data.partner_jobs import SCAN, ZONE, Jobs, jobs, noon
from local.demo_data.partners import PARTNERS

AT_ONCE = 8
T = TypeVar("T")


class Refused(NamedTuple):
    """An order that cannot be invoiced, with every reason: its code and its message."""

    order_key: str
    partner: str
    reasons: Mapping[str, str]


class PartnerMonth(NamedTuple):
    """What became of the orders: how many of each partner have each status, and those that were refused."""

    statuses: Mapping[str, Counter[str]]
    refused: Sequence[Refused]


@dataclass(frozen=True)
class PartnerJobs:
    """The steps. `after_command` is called after a command that enqueues effects."""

    editor: ApiClient
    manager: ApiClient
    today: date
    report_step: ReportStep
    after_command: AfterCommand = no_interruption

    async def run(self) -> list[Refused]:
        """Run all steps and return the orders that were refused."""
        sent = jobs(self.today)
        self.report_step(
            f"Partner jobs: {len(sent.orders)} orders of four partners arrive, {len(sent.not_ready)} refused"
        )
        await self._receive(sent)
        refused = await at_once(self._refused(key) for key in sent.not_ready)
        self.report_step("Single jobs and jobs together become drafts; a batch is closed by hand")
        drafts, batch, together = await asyncio.gather(self._single(sent), self._batch(sent), self._together(sent))
        refused += await self._not_for_one_invoice(sent)
        self.report_step("Partner invoices: finalised, approved, uploaded to the portals")
        await self._upload(sent, drafts, batch, together)
        self.report_step("Rejected by the partner, and invoiced again")
        await self._rejected_and_replaced(sent.single[0])
        self.report_step("Paid in two parts, and paid at once")
        await asyncio.gather(self._paid_in_parts(drafts[sent.single[1]]), self._paid(batch), self._paid(together))
        self.report_step("Uploaded 46 days ago: overdue; 45 days ago: due today, not overdue")
        await self._one_day_late(drafts[sent.old[0]], drafts[sent.old[1]])
        return refused

    async def statuses(self) -> dict[str, Counter[str]]:
        """Return how many orders of each partner have each status."""
        keys = {order["order_key"] for order in jobs(self.today).orders}
        found: dict[str, Counter[str]] = {}
        for order in await self.editor.orders():
            if order["order_key"] in keys:
                found.setdefault(order["partner_key"], Counter())[order["status"]] += 1
        return dict(sorted(found.items()))

    async def _receive(self, sent: Jobs) -> None:
        rows = await self.editor.receive_orders(sent.orders)
        if wrong := [row for row in rows if row["outcome"] not in ("created", "repeated")]:
            raise RuntimeError(f"these orders were not received: {wrong}")
        if sent.blocked not in [order["order_key"] for order in await self.editor.orders(is_blocked=True)]:
            await self.editor.open_blocker(sent.blocked, "The riser is locked.", noon(self.today, days_ago=1))

    async def _refused(self, order_key: str) -> Refused:
        """Try to invoice an order that is not ready, and return every reason."""
        [found] = await _reasons(self.editor.ready(order_key))
        return found

    async def _not_for_one_invoice(self, sent: Jobs) -> list[Refused]:
        """Try to put an order that is on an invoice, and one of another partner, on one invoice."""
        partner = _partner_of(sent.left_as_draft)
        return await _reasons(self.editor.draft_from(partner, [sent.left_as_draft, sent.of_another_partner]))

    async def _single(self, sent: Jobs) -> dict[str, dict[str, Any]]:
        """Return the invoice of each job that gets one of its own."""
        answers = await at_once(self.editor.ready(key) for key in sent.single)
        return {key: answer["invoice"] for key, answer in zip(sent.single, answers, strict=True)}

    async def _batch(self, sent: Jobs) -> dict[str, Any]:
        """Collect the jobs in the batch of the month, close it, and return its invoice."""
        partner = _partner_of(sent.batched[0])
        there = {batch["key"]: batch for batch in await self.editor.batches(partner)}
        if sent.batch not in there or there[sent.batch]["closed_at"] is None:
            await at_once(self.editor.ready(key) for key in sent.batched)
        invoice = await self.editor.close_batch(sent.batch)
        await self.after_command("close_batch")
        return invoice

    async def _together(self, sent: Jobs) -> dict[str, Any]:
        return await self.editor.draft_from(_partner_of(sent.together[0]), sent.together)

    async def _upload(self, sent: Jobs, drafts: Mapping[str, dict[str, Any]], *others: dict[str, Any]) -> None:
        """Approve and upload the invoices. Some of single jobs stay approved, and one stays a draft."""
        moments = {key: noon(self.today, days_ago=days) for key, days in zip(sent.old, (46, 45), strict=True)}
        now = self._now()
        steps: list[Awaitable[object]] = [self._uploaded(invoice["id"], now) for invoice in others]
        for key, draft in drafts.items():
            if key in sent.not_uploaded:
                steps.append(self._approved(draft["id"]))
            elif key != sent.left_as_draft:
                steps.append(self._uploaded(draft["id"], moments.get(key, now)))
        await at_once(steps)

    async def _approved(self, invoice_id: str) -> dict[str, Any]:
        """Return the approved invoice. Where the partner's setting leaves out the review, it approves itself."""
        invoice = await self.editor.invoice(invoice_id)
        if invoice["status"] == "draft":
            invoice = await self.editor.command(invoice_id, "finalize")
        if invoice["status"] == "needs_review" and PARTNERS[invoice["partner"]["partner_key"]].needs_review:
            return await self.manager.command(invoice_id, "approve", digest=invoice["digest"])
        return await self.editor.until(invoice_id, lambda found: found["approved"] is not None, "the approval")

    async def _uploaded(self, invoice_id: str, at: str) -> None:
        invoice = await self._approved(invoice_id)
        if invoice["status"] == "approved":
            submission = f"SUBM-{invoice['display_number']}"
            await self.editor.command(invoice_id, "mark_uploaded", uploaded_at=at, portal_submission_id=submission)
            await self.after_command("mark_uploaded")

    async def _rejected_and_replaced(self, order_key: str) -> None:
        """Reject the invoice of the order, and upload the one in its place, which names it."""
        newest = (await self.editor.ready(order_key))["invoice"]
        if newest["partner"]["replaces"] is None:
            rejected = newest["id"]
            screenshot = await self.editor.attach(rejected, "portal.png", SCAN)
            body = {"reason": "The serial is not ours.", "code": "wrong_splitter_or_serial", "attachment": screenshot}
            await self.manager.command(rejected, "reject", remarks="Correct the serial and submit again.", **body)
            await self.after_command("reject")
            await self.editor.until(rejected, lambda found: is_done(found, "orders_returned"), "the order's return")
            newest = (await self.editor.ready(order_key))["invoice"]
        await self._uploaded(newest["id"], self._now())

    async def _paid_in_parts(self, invoice: dict[str, Any]) -> None:
        # A third of the total in whole units, and the rest. Equal payments would need a confirmation.
        third = f"{int(invoice['total_amount'].replace('.', '')) // 300}.00"
        part = await self._pay(invoice["id"], "MBB-1", third)
        await self._pay(invoice["id"], "MBB-2", part["balance"])
        await self.editor.until(invoice["id"], lambda found: found["status"] == "closed", "closed")

    async def _paid(self, invoice: dict[str, Any]) -> None:
        await self._pay(invoice["id"], "MBB-3", invoice["total_amount"])
        await self.editor.until(invoice["id"], lambda found: found["status"] == "closed", "closed")

    async def _pay(self, invoice_id: str, reference: str, amount: str) -> dict[str, Any]:
        """Record a payment with its bank slip, unless it is recorded already."""
        invoice = await self.editor.invoice(invoice_id)
        if reference in [payment["payment_id"] for payment in invoice["payments"]]:
            return invoice
        slip = await self.editor.attach(invoice_id, f"{reference}.png", SCAN)
        body = {"payment_id": reference, "reference": reference, "paid_on": str(self.today), "amount": amount}
        return await self.editor.command(invoice_id, "record_payment", bank_slip=slip, **body)

    async def _one_day_late(self, late: dict[str, Any], in_time: dict[str, Any]) -> None:
        """Wait for the timer of the invoice that is due since yesterday. The one that is due today is not overdue."""
        await self.editor.until(late["id"], lambda found: found["overdue"], "overdue on day 46")
        if (await self.editor.invoice(in_time["id"]))["overdue"]:
            raise RuntimeError(f"invoice {in_time['id']} is overdue on day 45")

    def _now(self) -> str:
        return datetime.now(ZONE).isoformat()


async def at_once(requests: Iterable[Awaitable[T]]) -> list[T]:
    """Return the answers to requests of which at most AT_ONCE run at the same time."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def answered(request: Awaitable[T]) -> T:
        async with slots:
            return await request

    return list(await asyncio.gather(*map(answered, requests)))


async def _reasons(request: Awaitable[object]) -> list[Refused]:
    """Return every reason of every order for which the gate refuses the request."""
    try:
        answer = await request
    except RequestRefused as refused:
        if not isinstance(refused.details, dict) or not refused.details.get("obstacles"):
            raise
        found: dict[str, dict[str, str]] = {}
        for each in refused.details["obstacles"]:
            found.setdefault(each["order_key"], {})[each["code"]] = each["message"]
        return [Refused(key, _partner_of(key), reasons) for key, reasons in found.items()]
    raise RuntimeError(f"the gate let an order pass that is not ready: {answer}")


def _partner_of(order_key: str) -> str:
    return order_key.partition("-")[0]
