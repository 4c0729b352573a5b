"""The webhook of Didox: who may call it, what it does once, and what it never believes."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from temporalio.service import RPCError, RPCStatusCode

from activities.invoice.projection import InvoiceProjection
from api.app import create_app
from api.temporal import Temporal
from api.webhooks.signature import signed
from models.invoice.acts.act import ActChange, ActState
from models.invoice.status import Status
from settings import DidoxSettings, Settings
from tests.fixtures import database_invoices
from tests.http.callers import NOW, data_of, error_of

SECRET = SecretStr("the secret of the webhook is long enough")
PATH = "/api/v1/webhooks/didox"
SECOND = timedelta(seconds=1)


class Signals:
    """Stands in for Temporal: it keeps the signals, or raises the next failure."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, ActChange]] = []
        self.failures: list[RPCError] = []
        self._workflow_id = ""

    async def client(self) -> "Signals":
        return self

    def get_workflow_handle(self, workflow_id: str) -> "Signals":
        self._workflow_id = workflow_id
        return self

    async def signal(self, name: str, change: ActChange, *, rpc_timeout: timedelta) -> None:
        assert rpc_timeout > timedelta(0)
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((self._workflow_id, name, change))


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> Signals:
    signals = Signals()
    monkeypatch.setattr(Temporal, "client", lambda _: signals.client())
    return signals


@pytest.fixture
async def caller(api_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    settings = api_settings.model_copy(update={"didox": DidoxSettings(webhook_secret=SECRET)})
    app = create_app(settings, clock=lambda: NOW)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            yield client


@pytest.fixture
async def act(records: InvoiceProjection) -> tuple[str, str]:
    """The id of the act of a sent invoice, and of the workflow of the invoice."""
    document_id = uuid4().hex
    known = ActState(document_id=document_id, status=1, at=NOW)
    invoice = database_invoices.invoice(act=known, status=Status.SENT)
    await records.project(invoice)
    return document_id, invoice.workflow_id


async def deliver(
    caller: httpx.AsyncClient,
    body: object,
    *,
    delivery_id: str | None = None,
    age: timedelta = timedelta(0),
    secret: SecretStr = SECRET,
    **headers: str | None,
) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = int((NOW - age).timestamp())
    all_headers = signed(secret, delivery_id or uuid4().hex, sent, content)
    changed: dict[str, Any] = {**all_headers, **{f"webhook-{name}": value for name, value in headers.items()}}
    return await caller.post(
        PATH, content=content, headers={name: value for name, value in changed.items() if value is not None}
    )


async def test_the_invoice_is_told_once(caller: httpx.AsyncClient, signals: Signals, act: tuple[str, str]) -> None:
    document_id, workflow_id = act
    body = {"document_id": document_id.upper(), "status": 50, "comment": "believe me"}
    first = await deliver(caller, body, delivery_id=f"d-{document_id}")
    assert data_of(first, 202) == {"outcome": "told"}
    again = await deliver(caller, body, delivery_id=f"d-{document_id}")
    assert data_of(again, 202) == {"outcome": "seen_before"}
    change = ActChange(document_id=document_id, report=f"webhook d-{document_id}")
    assert signals.sent == [(workflow_id, "act_changed", change)]


@pytest.mark.parametrize(
    "forged",
    [
        {"secret": SecretStr("another secret that is as long as that one")},
        {"signature": None},
        {"signature": "v1,"},
        {"signature": "v1,!!!"},
        {"signature": "v2," + "A" * 44},
        {"id": "another"},
        {"id": ""},
        {"id": None},
        {"timestamp": str(int(NOW.timestamp()) + 1)},
        {"timestamp": "yesterday"},
        {"timestamp": None},
    ],
)
async def test_a_delivery_that_is_not_signed_is_refused(
    forged: dict[str, Any], caller: httpx.AsyncClient, signals: Signals, act: tuple[str, str]
) -> None:
    error_of(await deliver(caller, {"document_id": act[0]}, **forged), 401, "UNAUTHORIZED")
    assert signals.sent == []


async def test_a_changed_body_is_refused(caller: httpx.AsyncClient, signals: Signals, act: tuple[str, str]) -> None:
    headers = signed(SECRET, "d", int(NOW.timestamp()), b"{}")
    answer = await caller.post(PATH, content=json.dumps({"document_id": act[0]}), headers=headers)
    error_of(answer, 401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    ("age", "status"), [(300 * SECOND, 202), (301 * SECOND, 401), (-300 * SECOND, 202), (-301 * SECOND, 401)]
)
async def test_the_timestamp_window(
    age: timedelta, status: int, caller: httpx.AsyncClient, signals: Signals, act: tuple[str, str]
) -> None:
    assert (await deliver(caller, {"document_id": act[0]}, age=age)).status_code == status


@pytest.mark.parametrize("signature", ["{0} v1,AAAA", "v1,AAAA {0}"])
async def test_one_of_several_signatures_is_enough(
    signature: str, caller: httpx.AsyncClient, signals: Signals, act: tuple[str, str]
) -> None:
    content = json.dumps({"document_id": act[0]}).encode()
    headers = signed(SECRET, uuid4().hex, int(NOW.timestamp()), content)
    headers["webhook-signature"] = signature.format(headers["webhook-signature"])
    assert (await caller.post(PATH, content=content, headers=headers)).status_code == 202


async def test_a_document_of_somebody_else_is_ignored(caller: httpx.AsyncClient, signals: Signals) -> None:
    answer = await deliver(caller, {"document_id": uuid4().hex})
    assert data_of(answer, 202) == {"outcome": "unknown_document"}
    assert signals.sent == []


async def test_an_invoice_that_has_ended_waits_for_the_sweep(
    caller: httpx.AsyncClient, signals: Signals, act: tuple[str, str]
) -> None:
    signals.failures = [RPCError("workflow execution already completed", RPCStatusCode.NOT_FOUND, b"")]
    assert data_of(await deliver(caller, {"document_id": act[0]}), 202) == {"outcome": "ended"}


async def test_a_delivery_that_failed_can_be_repeated(
    caller: httpx.AsyncClient, signals: Signals, act: tuple[str, str]
) -> None:
    signals.failures = [RPCError("no connection", RPCStatusCode.UNAVAILABLE, b"")]
    delivery_id = uuid4().hex
    error_of(await deliver(caller, {"document_id": act[0]}, delivery_id=delivery_id), 503, "UNAVAILABLE")
    again = await deliver(caller, {"document_id": act[0]}, delivery_id=delivery_id)
    assert data_of(again, 202) == {"outcome": "told"}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "document_id"),
        ({"document_id": 5}, "document_id"),
        ({"document_id": "xyz"}, "document_id"),
        ([], "body"),
        (b"{", "body"),
        (b"", "body"),
        (b"\xff", "body"),
    ],
)
async def test_a_body_that_does_not_fit_is_named(
    body: object, path: str, caller: httpx.AsyncClient, signals: Signals
) -> None:
    error = error_of(await deliver(caller, body), 400, "VALIDATION_ERROR")
    assert [each["path"] for each in error["details"]] == [path]


async def test_a_large_body_is_refused(caller: httpx.AsyncClient, signals: Signals) -> None:
    error_of(await deliver(caller, b" " * (2 * 1024 * 1024 + 1)), 413, "TOO_LARGE")


async def test_without_a_secret_there_is_no_webhook(http: httpx.AsyncClient) -> None:
    error_of(await deliver(http, {"document_id": uuid4().hex}), 404, "NOT_FOUND")
