"""Callers of the API, and a stand-in for Temporal that applies the same rules to invoices in a real PostgreSQL.

The stand-in serves tests of bodies, roles, envelopes and codes, which do not depend on Temporal. Like the workflow, it
applies commands by models/invoice/lifecycle.py and saves by activities/invoice/projection.py.
tests/http/invoice/test_http_lifecycle.py uses the real server.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
from argon2 import PasswordHasher

from activities.invoice.projection import InvoiceProjection
from activities.partners.order_store import OrderStore
from activities.partners.partner_reader import PartnerReader
from api.access.repository import Credentials
from models.access.roles import Role
from models.billing.partner_draft import partner_draft
from models.contracts.contract import ContractRecords, DealType
from models.contracts.ports import ContractListItem as Contract
from models.contracts.ports import ContractPage, ContractQuery
from models.invoice.checks.confirmation import check_confirmed, draft_warnings
from models.invoice.commands import Command
from models.invoice.content.content import Content
from models.invoice.content.draft_request import ContractPeriod, DraftRequest, Orders
from models.invoice.editing.new_draft import new_draft
from models.invoice.editing.prefill_edit import EditedPrefill
from models.invoice.effects import EffectName, FailedAttempt
from models.invoice.errors import InvoiceError, NeedsConfirmation, Refused
from models.invoice.invoice import Invoice
from models.invoice.lifecycle import apply
from models.invoice.preconditions import check
from models.partners.readiness import gate_rules
from models.values.failure_codes import Failure
from models.values.period import Period
from tests.fixtures.invoices import FEBRUARY, contract, drafted, new_invoice, worklog
from workflows.billing.messages import MonthlyStart
from workflows.client import invoices
from workflows.client.billing_runs import Run
from workflows.client.errors import CommandRefused, RequestFailed, WorkflowClosed
from workflows.invoice.messages import Answer, Opened
from workflows.runtime import ids

NOW = datetime(2026, 3, 1, 6, tzinfo=UTC)
NAMES = {Role.VIEWER: "vera", Role.EDITOR: "lena", Role.MANAGER: "marat", Role.ADMIN: "anna"}
PASSWORD = "correct horse battery staple"
# The parameters of argon2 that take the least time; those of the product take a tenth of a second by design.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HASHED = CHEAP.hash(PASSWORD)


def user_of(role: Role) -> Credentials:
    return Credentials(NAMES[role], HASHED, role.value, active=True, session_epoch=0)


def seed_contract(key: str, deal: DealType = DealType.SUP) -> ContractRecords:
    """The example of docs/specification/pricing.md 4.8.

    15,000,000 a month, 40 hours inside, 150,000 above; 45.50 hours were worked.
    """
    dashboard = worklog(2, issue="PROJ-456").model_copy(update={"issue_summary": "Implement user dashboard"})
    return contract([dashboard, worklog("43.5", issue="PROJ-457", day=date(2026, 2, 3))], deal, application_key=key)


def draft_of(key: str) -> Invoice:
    """Return a draft of the contract `key` for February, with the event of its creation."""
    workflow_id = ids.service_invoice(key, FEBRUARY)
    request = DraftRequest(subject=ContractPeriod(application_key=key, period=FEBRUARY), by="lena")
    identity = {"id": ids.invoice_id(workflow_id), "workflow_id": workflow_id, "request": request}
    return new_invoice(drafted(seed_contract(key))).model_copy(update=identity)


@dataclass
class Rules:
    """The stand-in for workflows/client/invoices.py and api/reads.py. The next calls raise `failures`, in order.

    `generate_failures` are raised by `generate` alone.
    """

    records: InvoiceProjection
    invoices: dict[str, Invoice] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    generate_failures: list[Exception] = field(default_factory=list)
    sent: list[tuple[Command, str]] = field(default_factory=list)
    made: list[Invoice] = field(default_factory=list)
    previewed: list[Period] = field(default_factory=list)
    attempts: dict[EffectName, FailedAttempt] = field(default_factory=dict)
    contract_of: Callable[[str], ContractRecords] = seed_contract
    runs: list[Run] = field(default_factory=list)
    started: list[MonthlyStart] = field(default_factory=list)
    cancelled: list[tuple[str, str]] = field(default_factory=list)  # runs whose rest was cancelled, and by whom

    async def put(self, made: Invoice) -> Invoice:
        self.invoices[made.workflow_id] = made
        await self.records.project(made)
        return made

    async def client(self) -> None:
        """The stand-in needs no connection."""

    async def draft(self, application_key: str, period: Period, _: date) -> Content:
        self._fail()
        self.previewed.append(period)
        return self._draft(application_key, period)

    async def clients(self, query: ContractQuery) -> ContractPage:
        self._fail()
        records = seed_contract("APP-001")
        found = (Contract(contract=records.contract, customer=records.customer),)
        wanted = not query.search or query.search.lower() in "app-001 acme support acme corp"
        return ContractPage(items=found if wanted else (), total=len(found) if wanted else 0)

    async def list_runs(self, _: None, limit: int) -> list[Run]:
        self._fail()
        return self.runs[:limit]

    async def describe_run(self, _: None, run_id: str) -> Run:
        """Return the first of the runs with this id; it is taken away when another one follows, as time goes by."""
        self._fail()
        found = [run for run in self.runs if run.id == run_id]
        if not found:
            raise WorkflowClosed(run_id)
        if len(found) > 1:
            self.runs.remove(found[0])
        return found[0]

    async def start_run(self, _: None, start: MonthlyStart, __: timedelta) -> str:
        self._fail()
        assert start.period is not None
        self.started.append(start)
        return ids.monthly_run(start.period, start.application_keys)

    async def cancel_rest(self, _: None, run_id: str, by: str, __: timedelta) -> None:
        self._fail()
        self.cancelled.append((run_id, by))

    async def failed_attempts(self, _: None, invoice: Invoice) -> dict[str, FailedAttempt]:
        return {effect.key: self.attempts[effect.name] for effect in invoice.effects if effect.name in self.attempts}

    async def generate(
        self,
        _: None,
        request: DraftRequest,
        attempt: int,
        *_timeout: timedelta,
        wanted: EditedPrefill | None = None,
    ) -> Opened:
        self._fail()
        if isinstance(request.subject, Orders):
            return await self._generate_from_orders(request, request.subject, attempt)
        if self.generate_failures:
            raise self.generate_failures.pop(0)
        contract = request.contract
        workflow_id = ids.service_invoice(contract.application_key, contract.period, attempt)
        identity = ids.invoice_id(workflow_id), workflow_id
        content = self._draft(contract.application_key, contract.period)
        travelled = wanted and EditedPrefill.model_validate_json(wanted.model_dump_json())
        try:
            check_confirmed(draft_warnings(content), request.confirmed_warnings, "make the draft")
            made = new_draft(identity, request, content, travelled, NOW)
        except InvoiceError as error:
            warnings = error.warnings if isinstance(error, NeedsConfirmation) else ()
            raise RequestFailed(error.code, str(error), warnings) from error
        self.made.append(made)
        await self.put(made)
        return Opened(
            invoice_id=made.id,
            workflow_id=workflow_id,
            revision=made.revision,
            created_by_request=request.request_fingerprint,
        )

    async def _generate_from_orders(self, request: DraftRequest, subject: Orders, attempt: int) -> Opened:
        """Claim the orders and draft their invoice, as the activity of the workflow does."""
        engine = self.records.engine
        workflow_id = invoices.workflow_id_of(request, attempt)
        invoice_id = ids.invoice_id(workflow_id)
        terms = await PartnerReader(engine).terms(subject.partner_key)
        rules = gate_rules(terms.partner)
        async with engine.begin() as connection:
            store = OrderStore(engine)
            orders = await store.claim_for_invoice(
                connection, subject.order_keys, invoice_id, rules, NOW, partner_key=subject.partner_key
            )
            content = partner_draft(terms, orders, NOW.date(), request.by)
        made = new_draft((invoice_id, workflow_id), request, content, None, NOW)
        self.made.append(made)
        await self.put(made)
        return Opened(
            invoice_id=made.id,
            workflow_id=workflow_id,
            revision=made.revision,
            created_by_request=request.request_fingerprint,
        )

    async def send_command(
        self,
        _: None,
        workflow_id: str,
        command: Command,
        *,
        update_id: str,
        **_timeout: timedelta,
    ) -> Answer:
        self._fail()
        self.sent.append((command, update_id))
        before = self.invoices[workflow_id]
        try:
            check(before, command, NOW)
            after = apply(before, command, NOW)
        except InvoiceError as error:
            allowed = error.allowed if isinstance(error, Refused) else ()
            warnings = error.warnings if isinstance(error, NeedsConfirmation) else ()
            raise CommandRefused(error.code, str(error), allowed, before.revision, warnings) from error
        await self.put(after)
        return Answer(revision=after.revision, status=after.status)

    def _draft(self, application_key: str, period: Period) -> Content:
        if application_key.startswith("NONE"):
            raise RequestFailed(Failure.APPLICATION_NOT_FOUND, f"There is no contract {application_key} in ClickHouse.")
        return drafted(self.contract_of(application_key), period=period)

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)


@dataclass(frozen=True)
class Caller:
    """An HTTP client that sends the token of one user."""

    http: httpx.AsyncClient
    headers: dict[str, str]

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self._ask("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return await self._send("POST", path, body, **options)

    async def patch(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return await self._send("PATCH", path, body, **options)

    async def put(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return await self._send("PUT", path, body, **options)

    async def delete(self, path: str, **options: Any) -> httpx.Response:
        return await self._ask("DELETE", path, **options)

    async def _send(self, method: str, path: str, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
        """Send the body as JSON. All characters beyond ASCII are escaped, so invalid Unicode can be sent as well."""
        content = b"" if body is None else json.dumps(body).encode()
        return await self._ask(
            method, path, content=content, headers={"Content-Type": "application/json"} | (headers or {})
        )

    async def _ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        return await self.http.request(method, f"/api/v1{path}", headers=self.headers | (headers or {}), **options)


def error_of(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return the error, after checking the envelope of docs/specification/api.md 1.2."""
    assert response.status_code == status, response.text
    body = response.json()
    assert body.keys() == {"data", "error"}
    assert body["data"] is None
    error: dict[str, Any] = body["error"]
    assert error["code"] == code
    assert error["request_id"] == response.headers["X-Request-ID"]
    assert error["message"]
    return error


def data_of(response: httpx.Response, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    body = response.json()
    assert body["error"] is None
    return body["data"]
