"""One route for each command. The workflow decides; a route only says who asks, and shows what became of it."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends

from api.auth import Actor
from api.bodies import body_of
from api.deps import InvoiceRefDep, KeyDep, Office, OfficeDep, who_may
from api.documented import errors
from api.envelopes import ConflictDetails, Envelope
from api.errors import Conflict, of_command
from api.exact import ExactRoute
from api.overrides import refuse_unsafe
from api.registry import InvoiceRef
from api.schemas import InvoiceView
from models.commands import COMMANDS, Command, Edit, TakeIn, Undo
from models.errors import StaleRevision
from models.frozen import Strict
from workflows import requests

router = APIRouter(prefix="/invoices/{invoice_id}", tags=["commands"], route_class=ExactRoute)

Endpoint = Callable[..., Coroutine[Any, Any, Envelope[InvoiceView]]]

EXAMPLES: dict[str, dict[str, Any]] = {
    "edit": {
        "expected_revision": 3,
        "base_amount": "14000000.00",
        "line_changes": [{"op": "change", "id": "L3", "description": "PROJ-456: User dashboard"}],
        "toggles": {"show_task_pricing": True},
        "note": "discount agreed on 1 March",
    },
    "undo": {"expected_revision": 4},
    "take_in": {"expected_revision": 5, "note": "the hours of 27 February came late"},
    "approve": {"digest": "9f2c" * 16},
    "decline": {"reason": "the overtime of 14 February was agreed to be free"},
    "deliver": {"channel": "email"},
    "mark_uploaded": {"uploaded_at": "2026-03-02T10:00:00+05:00", "portal_submission_id": "S-1042"},
    "reject": {"reason": "wrong purchase order number"},
    "record_payment": {
        "payment_id": "bank-2026-03-17-0042",
        "paid_on": "2026-03-17",
        "amount": "15825000.00",
        "reference": "act 12 of 1 March",
    },
    "void": {"reason": "invoiced to the wrong company"},
    "hold": {"reason": "the client asked for two weeks"},
    "retry_effect": {"effect_id": "7d0c2f4e-0000-5000-8000-000000000000:5:archive"},
    "resolve_effect": {
        "effect_id": "7d0c2f4e-0000-5000-8000-000000000000:5:accounting",
        "outcome": "done",
        "vendor_id": "18841",
        "note": "found it in PlanFact by hand",
    },
}


def _endpoint(command: type[Command]) -> Endpoint:
    """The body's type is known only here, so the signature that FastAPI reads is put together by hand."""
    body_type = body_of(command)

    async def give(office: Office, actor: Actor, invoice: InvoiceRef, key: str, body: Strict) -> Envelope[InvoiceView]:
        given = command.model_validate(
            dict(body) | {"by": actor.username, "role": actor.role, "idempotency_key": f"{command.name}:{key}"}
        )
        await asyncio.to_thread(refuse_unsafe, given)
        try:
            await office.send(invoice.workflow_id, given)
        except requests.CommandRefused as refused:
            if isinstance(given, Edit | Undo | TakeIn) and refused.code == StaleRevision.__name__:
                raise await _stale(office, actor, invoice.id, given, refused) from refused
            raise of_command(refused) from refused
        current = await office.registry.invoice(invoice.id)
        assert current is not None  # an invoice is never deleted
        return Envelope(data=InvoiceView.seen_by(actor.role, current, actor.username))

    examples = [EXAMPLES[command.name]] if command.name in EXAMPLES else None
    is_needed = any(field.is_required() for field in body_type.model_fields.values())
    expected = {
        "office": (OfficeDep, inspect.Parameter.empty),
        "actor": (Annotated[Actor, Depends(who_may(command))], inspect.Parameter.empty),
        "invoice": (InvoiceRefDep, inspect.Parameter.empty),
        "key": (KeyDep, inspect.Parameter.empty),
        "body": (Annotated[body_type, Body(examples=examples)], inspect.Parameter.empty if is_needed else body_type()),
    }
    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        for name, (annotation, default) in expected.items()
    ]
    signature = inspect.Signature(parameters, return_annotation=Envelope[InvoiceView])
    give.__signature__ = signature  # type: ignore[attr-defined]
    return give


async def _stale(
    office: Office, actor: Actor, invoice_id: str, given: Edit | Undo | TakeIn, refused: requests.CommandRefused
) -> Conflict:
    """Both versions, so that a person can look at what the other one did and repeat the edit on it."""
    current = await office.registry.invoice(invoice_id)
    assert current is not None
    details = ConflictDetails(
        reason=refused.code,
        allowed=list(refused.allowed),
        expected_revision=given.expected_revision,
        current_revision=refused.current_revision or current.revision,
        current=InvoiceView.seen_by(actor.role, current, actor.username).model_dump(mode="json"),
    )
    return Conflict(refused.message, details)


def _add(command: type[Command]) -> None:
    name = command.name.value
    endpoint = _endpoint(command)
    options: dict[str, Any] = {
        "methods": ["PATCH" if command is Edit else "POST"],
        "status_code": HTTPStatus.OK,
        "summary": name.replace("_", " ").capitalize(),
        "description": command.__doc__,
        "responses": errors(400, 401, 403, 404, 409, 503, 504),
    }
    if command is Edit:
        router.add_api_route("", endpoint, operation_id=name, **options)
        return
    router.add_api_route(f"/{name}", endpoint, operation_id=name, **options)
    if "_" in name:
        router.add_api_route(f"/{name.replace('_', '-')}", endpoint, include_in_schema=False, **options)


for _command in COMMANDS:
    _add(_command)
