"""The routes of the commands: one for each command, with the command's own body (`command_bodies`).

An HTML override is checked here before the command is sent. The answer names everything that it must not contain.
"""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends

from api.access.deps import ActorDep, OnBehalfDep, require_permission
from api.deps import KeyDep, StateDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.invoice.command_bodies import (
    EXAMPLES,
    AcceptBody,
    ApproveBody,
    CheckFactsBody,
    DeclineBody,
    DeliverBody,
    DiscardBody,
    EditBody,
    FinalizeBody,
    HoldBody,
    MarkUploadedBody,
    RecordPaymentBody,
    RecordPortalStatusBody,
    RegenerateBody,
    RejectBody,
    ReleaseBody,
    ReopenBody,
    ResolveEffectBody,
    RetryEffectBody,
    ReversePaymentBody,
    SubmitSignatureBody,
    SyncPlanfactBody,
    TakeInBody,
    UndoBody,
    VoidBody,
    WriteOffBody,
)
from api.invoice.command_call import CommandCall
from api.invoice.deps import InvoiceRefDep, InvoicesDep
from api.invoice.schemas import InvoiceView
from api.reads import ReadsDep
from models.invoice.commands import (
    Accept,
    Approve,
    CheckFacts,
    Command,
    Decline,
    Deliver,
    Discard,
    Edit,
    Finalize,
    Hold,
    MarkUploaded,
    RecordPayment,
    RecordPortalStatus,
    Regenerate,
    Reject,
    Release,
    Reopen,
    ResolveEffect,
    RetryEffect,
    ReversePayment,
    SubmitSignature,
    SyncPlanfact,
    TakeIn,
    Undo,
    Void,
    WriteOff,
)

router = APIRouter(prefix="/invoices/{invoice_id}", tags=["commands"], route_class=DecimalJsonRoute)

Answer = Envelope[InvoiceView]
Endpoint = Callable[..., Coroutine[Any, Any, Answer]]


async def _call(
    state: StateDep,
    reads: ReadsDep,
    repository: InvoicesDep,
    actor: ActorDep,
    delegator: OnBehalfDep,
    invoice: InvoiceRefDep,
    key: KeyDep,
) -> CommandCall:
    return CommandCall(state, reads, repository, actor, invoice, key, delegator)


CallDep = Annotated[CommandCall, Depends(_call)]


def _route(command: type[Command]) -> Callable[[Endpoint], Endpoint]:
    """Return a decorator that registers an endpoint under the command's name, and under the name with hyphens.

    The route requires the command's least role. The command `edit` is the PATCH of the invoice itself.
    """
    name = command.name.value
    options: dict[str, Any] = {
        "methods": ["PATCH" if command is Edit else "POST"],
        "status_code": HTTPStatus.OK,
        "summary": name.replace("_", " ").capitalize(),
        "description": command.__doc__,
        "responses": errors(400, 401, 403, 404, 409, 503, 504),
        "dependencies": [Depends(require_permission(command))],
    }

    def register(endpoint: Endpoint) -> Endpoint:
        path = "" if command is Edit else f"/{name}"
        router.add_api_route(path, endpoint, operation_id=name, **options)
        if "_" in name:
            router.add_api_route(path.replace("_", "-"), endpoint, include_in_schema=False, **options)
        return endpoint

    return register


def _example(command: type[Command]) -> Any:
    return Body(examples=[EXAMPLES[command.name]])


@_route(Edit)
async def edit(call: CallDep, body: Annotated[EditBody, _example(Edit)]) -> Answer:
    return await call.send(Edit, body)


@_route(Undo)
async def undo(call: CallDep, body: Annotated[UndoBody, _example(Undo)]) -> Answer:
    return await call.send(Undo, body)


@_route(Regenerate)
async def regenerate(call: CallDep, body: RegenerateBody = RegenerateBody()) -> Answer:
    return await call.send(Regenerate, body)


@_route(CheckFacts)
async def check_facts(call: CallDep, body: CheckFactsBody = CheckFactsBody()) -> Answer:
    return await call.send(CheckFacts, body)


@_route(TakeIn)
async def take_in(call: CallDep, body: Annotated[TakeInBody, _example(TakeIn)]) -> Answer:
    return await call.send(TakeIn, body)


@_route(Finalize)
async def finalize(call: CallDep, body: Annotated[FinalizeBody, _example(Finalize)] = FinalizeBody()) -> Answer:
    return await call.send(Finalize, body)


@_route(Approve)
async def approve(call: CallDep, body: Annotated[ApproveBody, _example(Approve)]) -> Answer:
    return await call.send(Approve, body)


@_route(Decline)
async def decline(call: CallDep, body: Annotated[DeclineBody, _example(Decline)]) -> Answer:
    return await call.send(Decline, body)


@_route(Reopen)
async def reopen(call: CallDep, body: ReopenBody = ReopenBody()) -> Answer:
    return await call.send(Reopen, body)


@_route(Deliver)
async def deliver(call: CallDep, body: Annotated[DeliverBody, _example(Deliver)] = DeliverBody()) -> Answer:
    return await call.send(Deliver, body)


@_route(MarkUploaded)
async def mark_uploaded(call: CallDep, body: Annotated[MarkUploadedBody, _example(MarkUploaded)]) -> Answer:
    return await call.send(MarkUploaded, body)


@_route(RecordPortalStatus)
async def record_portal_status(
    call: CallDep, body: Annotated[RecordPortalStatusBody, _example(RecordPortalStatus)]
) -> Answer:
    return await call.send(RecordPortalStatus, body)


@_route(Accept)
async def accept(call: CallDep, body: AcceptBody = AcceptBody()) -> Answer:
    return await call.send(Accept, body)


@_route(Reject)
async def reject(call: CallDep, body: Annotated[RejectBody, _example(Reject)]) -> Answer:
    return await call.send(Reject, body)


@_route(RecordPayment)
async def record_payment(call: CallDep, body: Annotated[RecordPaymentBody, _example(RecordPayment)]) -> Answer:
    return await call.send(RecordPayment, body)


@_route(ReversePayment)
async def reverse_payment(call: CallDep, body: Annotated[ReversePaymentBody, _example(ReversePayment)]) -> Answer:
    return await call.send(ReversePayment, body)


@_route(WriteOff)
async def write_off(call: CallDep, body: Annotated[WriteOffBody, _example(WriteOff)]) -> Answer:
    return await call.send(WriteOff, body)


@_route(Void)
async def void(call: CallDep, body: Annotated[VoidBody, _example(Void)]) -> Answer:
    return await call.send(Void, body)


@_route(Discard)
async def discard(call: CallDep, body: DiscardBody = DiscardBody()) -> Answer:
    return await call.send(Discard, body)


@_route(Hold)
async def hold(call: CallDep, body: Annotated[HoldBody, _example(Hold)]) -> Answer:
    return await call.send(Hold, body)


@_route(Release)
async def release(call: CallDep, body: ReleaseBody = ReleaseBody()) -> Answer:
    return await call.send(Release, body)


@_route(RetryEffect)
async def retry_effect(call: CallDep, body: Annotated[RetryEffectBody, _example(RetryEffect)]) -> Answer:
    return await call.send(RetryEffect, body)


@_route(ResolveEffect)
async def resolve_effect(call: CallDep, body: Annotated[ResolveEffectBody, _example(ResolveEffect)]) -> Answer:
    return await call.send(ResolveEffect, body)


@_route(SyncPlanfact)
async def sync_planfact(call: CallDep, body: SyncPlanfactBody = SyncPlanfactBody()) -> Answer:
    return await call.send(SyncPlanfact, body)


@_route(SubmitSignature)
async def submit_signature(call: CallDep, body: Annotated[SubmitSignatureBody, _example(SubmitSignature)]) -> Answer:
    return await call.send(SubmitSignature, body)
