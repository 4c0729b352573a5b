"""The steps of the demo: the work of a finance team in one month, done through the API as editor and as manager.

Temporal's time skipping moves the clock of one invoice; everything else runs in real time.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from local.demo.api_client import ApiClient, effect, is_done, until
from models.billing.billing_run import MonthlyReport
from models.values.period import Period
from workflows.billing.billing_run import MonthlyDraftsWorkflow
from workflows.billing.messages import MonthlyStart
from workflows.runtime import ids

OVERDUE_AFTER = timedelta(days=46)
STILL_SENDING = 3  # the exit code of `aktum sign` if Didox has not answered yet

ReportStep = Callable[[str], None]
AfterCommand = Callable[[str], Awaitable[None]]


async def no_interruption(_: str) -> None:
    return None


@dataclass
class DemoInvoices:
    """The ids of the invoices that the steps use."""

    didox: str
    mailed: str
    overdue: str
    declined: str
    voided: str
    unsigned: str
    reviewed: str
    held: str


@dataclass
class Scenario:
    """The steps. `report_step` is called when a step begins, `after_command` after a command that enqueues effects.

    Invoices that were there before are left alone, unless they are drafts of the month that is billed.
    """

    editor: ApiClient
    manager: ApiClient
    admin: ApiClient
    temporal: Client
    didox_sandbox: str
    telegram_sandbox: str
    webhook_receiver: str | None
    signing_environment: dict[str, str]
    today: date
    report_step: ReportStep
    after_command: AfterCommand = no_interruption
    report: MonthlyReport | None = None
    chosen: DemoInvoices | None = field(default=None)
    _earlier: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Run all steps. The effects of the last ones may still be open."""
        there = await self.editor.invoices()
        self._earlier = frozenset(row["id"] for row in there if not self._is_of_the_month(row))
        await self._subscribe()
        await self._draft_last_month()
        chosen = self.chosen = _choose_invoices(await self._drafts())
        await self._didox_path(chosen.didox)
        await self._part_payments(chosen.mailed)
        await self._becomes_overdue(chosen.overdue)
        await self._declined_and_reopened(chosen.declined)
        await self._voided(chosen.voided)
        await self._left_to_do(chosen)
        await self._told_in_telegram()

    async def finish(self) -> list[dict[str, Any]]:
        """Wait for all effects, and return all invoices of the demo in their final state."""
        assert self.chosen is not None
        self.report_step("Waiting until all effects are completed")
        rows = [row for row in await self.editor.invoices() if row["id"] not in self._earlier]
        invoices = [await self.editor.until(row["id"], _is_complete, "all effects to complete") for row in rows]
        await self._webhook_of(self.chosen.mailed)
        return invoices

    async def _subscribe(self) -> None:
        """Let the receiver of the sandboxes get a webhook for each paid invoice."""
        if self.webhook_receiver is None:
            return
        self.report_step("Another system subscribes to the event invoice.paid")
        endpoint = await self.admin.add_webhook_endpoint(url=self.webhook_receiver, event_types=["invoice.paid"])
        async with httpx.AsyncClient() as http:
            secrets = f"{self.webhook_receiver.removesuffix('/receive')}/__sandbox/secrets"
            (await http.post(secrets, json={"secrets": [endpoint["secret"]]})).raise_for_status()

    async def _webhook_of(self, invoice_id: str) -> None:
        """Wait until the receiver has the event of the invoice that was paid."""
        if self.webhook_receiver is None:
            return
        self.report_step("The webhook of a paid invoice arrives, with a valid signature")
        effects = f"{self.webhook_receiver.removesuffix('/receive')}/__sandbox/effects"
        async with httpx.AsyncClient() as http:

            async def received() -> list[str]:
                answer = await http.get(effects)
                return [each["record"]["body"] for each in answer.raise_for_status().json()["effects"]]

            await until(received, lambda bodies: any(invoice_id in body for body in bodies), "the webhook")

    async def _draft_last_month(self) -> None:
        period = Period.before(self.today)
        self.report_step(f"Drafting {period.title} for every active contract (the monthly workflow)")
        self.report = await self.temporal.execute_workflow(
            MonthlyDraftsWorkflow.run,
            MonthlyStart(period=period, by="demo"),
            id=ids.monthly_run(period),
            task_queue=ids.TASK_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            static_summary=f"Drafts for {period.title}",
        )

    async def _drafts(self) -> list[dict[str, Any]]:
        """Return the drafts in full, after every workflow has saved its own."""
        assert self.report is not None
        wanted = len(self.report.created) + len(self.report.already_there)
        rows = await until(self._service_invoices, lambda rows: len(rows) >= wanted, f"{wanted} drafts in the registry")
        return [await self.editor.invoice(row["id"]) for row in sorted(rows, key=lambda r: r["application_key"])]

    async def _service_invoices(self) -> list[dict[str, Any]]:
        return [row for row in await self.editor.invoices() if self._is_of_the_month(row)]

    def _is_of_the_month(self, row: dict[str, Any]) -> bool:
        period = Period.before(self.today)
        return (row["kind"], row["period_start"]) == ("service", str(period.start))

    async def _didox_path(self, invoice_id: str) -> None:
        self.report_step("Local act: edited, finalised, approved, sent by Didox, signed by both sides, paid")
        draft = await self.editor.invoice(invoice_id)
        fee = {"description": "On-site visit", "quantity": "1", "unit_price": "250000.00"}
        await self.editor.edit(
            invoice_id,
            expected_revision=draft["revision"],
            line_changes=[{"op": "add", "line": fee}],
            note="agreed with the client by phone",
        )
        await self._approve(invoice_id)
        await self.manager.command(invoice_id, "deliver")
        await self.after_command("deliver")
        waiting = await self.manager.until(invoice_id, lambda i: effect(i, "einvoice_signature") is not None, "Didox")
        created = effect(waiting, "einvoice")
        assert created is not None
        await self._sign(waiting["display_number"])
        await self.manager.until(invoice_id, lambda i: i["status"] == "sent", "the signature in Didox")
        await self._sandbox(f"{created['vendor_id']}/partner-sign")
        accepted = await self.manager.until(invoice_id, lambda i: i["status"] == "accepted", "the client's signature")
        await self._pay(invoice_id, "BANK-1001", accepted["total_amount"])
        await self.manager.until(invoice_id, lambda i: i["status"] == "closed", "closed")

    async def _part_payments(self, invoice_id: str) -> None:
        self.report_step("International invoice: sent by e-mail, paid in two parts")
        await self._approve(invoice_id)
        await self._mail(invoice_id)
        sent = await self.manager.invoice(invoice_id)
        # A third of the total in whole units; the API returns the balance. Equal payments would need a confirmation.
        third = f"{int(sent['total_amount'].replace('.', '')) // 300}.00"
        part = await self._pay(invoice_id, "WIRE-7", third)
        await self._pay(invoice_id, "WIRE-9", part["balance"])
        await self.manager.until(invoice_id, lambda i: i["status"] == "closed", "closed")

    async def _becomes_overdue(self, invoice_id: str) -> None:
        self.report_step(f"Second international invoice: sent, unpaid for {OVERDUE_AFTER.days} days, overdue")
        await self._approve(invoice_id)
        await self._mail(invoice_id)
        await self.manager.until(invoice_id, lambda i: is_done(i, "archive") and is_done(i, "accounting"), "effects")
        workflow_id = (await self.manager.invoice(invoice_id))["workflow_id"]
        skipper = TimeSkipper(self.temporal, config=TimeSkippingConfig(enabled=False))
        await skipper.fast_forward(self.temporal.get_workflow_handle(workflow_id), OVERDUE_AFTER)
        await self.manager.until(invoice_id, lambda i: i["overdue"], "overdue after 46 days")

    async def _declined_and_reopened(self, invoice_id: str) -> None:
        self.report_step("Declined in review and reopened as a draft; it keeps its number")
        await self.editor.command(invoice_id, "finalize")
        await self.manager.command(invoice_id, "decline", reason="The agreement's date is missing.")
        await self.manager.command(invoice_id, "reopen", reason="to be corrected")

    async def _voided(self, invoice_id: str) -> None:
        self.report_step("Voided after approval: the posting is reversed, the number stays")
        await self._approve(invoice_id)
        await self.manager.until(invoice_id, lambda i: is_done(i, "accounting"), "the posting")
        await self.manager.command(invoice_id, "void", reason="Billed to the wrong contract.")
        await self.after_command("void")

    async def _left_to_do(self, chosen: DemoInvoices) -> None:
        """Leave an act that waits for our signature, an invoice to review and one on hold, for whoever signs in."""
        self.report_step("Left to do: an act to sign, an invoice to review, and one on hold")
        await self._approve(chosen.unsigned)
        await self.manager.command(chosen.unsigned, "deliver")
        await self.after_command("deliver")
        await self.manager.until(chosen.unsigned, lambda i: effect(i, "einvoice_signature") is not None, "Didox")
        await self.editor.command(chosen.reviewed, "finalize")
        await self.manager.command(chosen.held, "hold", reason="The client asks for another division of the hours.")

    async def _told_in_telegram(self) -> None:
        """Wait for the first message only: each is sent at most once, and one may be lost with a killed worker."""
        self.report_step("Finance is told in Telegram")
        await until(self._telegram_messages, bool, "a message in the Telegram sandbox")

    async def _telegram_messages(self) -> list[dict[str, Any]]:
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"{self.telegram_sandbox}/__sandbox/effects")
            answer.raise_for_status()
            return list(answer.json()["effects"])

    async def _approve(self, invoice_id: str) -> None:
        reviewed = await self.editor.command(invoice_id, "finalize")
        await self.manager.command(invoice_id, "approve", digest=reviewed["digest"])
        await self.after_command("approve")

    async def _mail(self, invoice_id: str) -> None:
        await self.manager.command(invoice_id, "deliver", channel="email")
        await self.after_command("deliver")
        await self.manager.until(invoice_id, lambda i: i["status"] == "sent", "the mail")

    async def _pay(self, invoice_id: str, reference: str, amount: str) -> dict[str, Any]:
        body = {"payment_id": reference, "reference": reference, "paid_on": str(self.today), "amount": amount}
        return await self.editor.command(invoice_id, "record_payment", **body)

    async def _sign(self, number: str) -> None:
        """Sign the act as the accountant does: with `aktum sign`, and the sandbox of E-IMZO in place of the program."""
        token = self.editor.http.headers["Authorization"].removeprefix("Bearer ")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli", "sign", number, "--yes"),
            env={**os.environ, **self.signing_environment, "AKTUM_TOKEN": token},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await process.communicate()
        if process.returncode not in (0, STILL_SENDING):
            raise RuntimeError(f"`aktum sign {number}` ended with {process.returncode}: {printed.decode()}")

    async def _sandbox(self, action: str) -> None:
        """Sign in the Didox sandbox, in place of the client."""
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{self.didox_sandbox}/__sandbox/{action}")
            answer.raise_for_status()


def _choose_invoices(drafts: list[dict[str, Any]]) -> DemoInvoices:
    billable = [d for d in drafts if d["total_amount"] != "0.00"]
    local = [d["id"] for d in billable if d["client_type"] == "local"]
    foreign = [d["id"] for d in billable if d["client_type"] == "international"]
    return DemoInvoices(
        didox=local[0],
        declined=local[1],
        mailed=foreign[0],
        overdue=foreign[1],
        voided=foreign[2],
        unsigned=local[2],
        reviewed=local[3],
        held=local[4],
    )


def _is_complete(invoice: dict[str, Any]) -> bool:
    """Return whether no effect is pending; waiting for a person in Didox does not count."""
    return all(e["state"] != "pending" or e["channel"] == "einvoice_watch" for e in invoice["effects"])
