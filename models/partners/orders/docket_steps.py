"""The commands on a docket: the status that the order gets by each, and the docket after it.

See docs/specification/orders.md 4.1.
"""

from datetime import datetime
from typing import Any

from models.access.roles import Role
from models.partners.dockets.clock import needs_late_reason
from models.partners.dockets.docket import TO_CORRECT, TO_REVIEW, Correction, Docket, DocketPaper, DocketState
from models.partners.dockets.validity import Problem, problems
from models.partners.orders.commands import DocketCommand, ReceiveDocket, RejectDocket, ReviewDocket, UploadDocket
from models.partners.orders.errors import OrderForbidden, OrderInvalid, OrderRefused
from models.partners.orders.fields import MOST_FILES
from models.partners.orders.log import Actor
from models.partners.orders.order import Order
from models.partners.orders.status import OrderStatus
from models.partners.readiness import PartnerRules, needs_standby_approval

MOST_CORRECTIONS = 100


def target(command: DocketCommand) -> OrderStatus:
    """Return the status that the order gets by the command."""
    match command:
        case ReceiveDocket():
            return OrderStatus.DOCKETS_RECEIVED
        case ReviewDocket():
            return OrderStatus.DOCKETS_VERIFIED if command.is_valid else OrderStatus.DOCKETS_REJECTED
        case UploadDocket():
            return OrderStatus.DOCKETS_UPLOADED
        case RejectDocket():
            return OrderStatus.DOCKETS_REJECTED


def updates(order: Order, command: DocketCommand, actor: Actor, now: datetime, rules: PartnerRules) -> dict[str, Any]:
    """Return the fields of the order that the command changes, after its checks."""
    if isinstance(command, ReceiveDocket):
        return _received(order, command, actor, now, rules)
    docket = order.docket
    if docket is None:
        raise OrderRefused(f"Order {order.order_key} has no docket; receive it first.")
    match command:
        case ReviewDocket():
            return {"docket": _reviewed(order, docket, command, actor, now)}
        case UploadDocket():
            return {"docket": _uploaded(docket, command, actor, now)}
        case RejectDocket():
            correction = Correction(
                by_partner=True,
                reason=command.reason,
                remarks=command.remark,
                evidence=command.evidence,
                by=actor.name,
                at=now,
            )
            return {"docket": _to_correct(docket, DocketState.PARTNER_REJECTED, correction)}


def _received(order: Order, command: ReceiveDocket, actor: Actor, now: datetime, rules: PartnerRules) -> dict[str, Any]:
    """Return the received docket. What the command does not say about the splitter stays as it is."""
    places = ("splitter_id", "splitter_ports", "splitter_port", "standby_approval")
    given: dict[str, Any] = {name: value for name in places if (value := getattr(command, name)) is not None}
    if command.standby_override:
        given["standby_override"] = True
    placed = order.model_copy(update=given)
    if rules.splitter_needed_at_docket:
        for name in ("splitter_id", "splitter_port"):
            if getattr(placed, name) is None:
                raise OrderInvalid(name, "is required when the docket is received")
    if needs_standby_approval(placed, rules):
        raise OrderInvalid("standby_approval", "is required: port 32 of a 1:32 splitter is the standby port")
    _check_received(order, command, actor, now)
    again = order.docket
    given["docket"] = Docket(
        number=command.number,
        state=DocketState.CORRECTION_RESUBMITTED if again else DocketState.DOCKET_RECEIVED,
        paper=DocketPaper.model_validate(command.paper.model_dump()),
        files=_files(again.files if again else (), command.files),
        # The clock measures the first receipt; a correction has its own moment in the log.
        received_at=again.received_at if again else command.received_at,
        late_reason=again.late_reason if again else command.late_reason,
        corrections=again.corrections if again else (),
    )
    return given


def _check_received(order: Order, command: ReceiveDocket, actor: Actor, now: datetime) -> None:
    if command.received_at > now:
        raise OrderInvalid("received_at", "must not be in the future")
    if order.docket is not None:
        if order.docket.state not in TO_CORRECT:
            raise OrderRefused(f"The docket of order {order.order_key} is {order.docket.state}; it is here already.")
        return
    if order.completed_at is not None and command.received_at < order.completed_at:
        completed = order.completed_at.isoformat()
        raise OrderInvalid("received_at", f"must not be before the job was completed, {completed}")
    if needs_late_reason(order.completed_at, command.received_at):
        if command.late_reason is None:
            raise OrderInvalid("late_reason", "is required: the docket came more than three hours after the job")
        if actor.role is not Role.ADMIN:
            message = (
                f"Only an admin accepts a docket that came more than three hours late; {actor.name} is {actor.role}."
            )
            raise OrderForbidden(message)


def _reviewed(order: Order, docket: Docket, command: ReviewDocket, actor: Actor, now: datetime) -> Docket:
    if docket.state not in TO_REVIEW or docket.paper is None:
        raise OrderRefused(f"The docket {docket.number} is {docket.state}; there is nothing to review.")
    found = problems(order, docket.paper)
    if command.is_valid:
        if found:
            raise OrderRefused(f"The docket {docket.number} is not valid. {_listed(found)}")
        reviewed = {"state": DocketState.DOCKET_REVIEWED, "reviewed_at": now, "reviewed_by": actor.name}
        return docket.model_copy(update=reviewed)
    if not found and command.reason is None:
        raise OrderInvalid("reason", "is required: the comparison finds no problem, so say what is wrong")
    correction = Correction(
        problems=tuple(problem.code for problem in found),
        reason=command.reason or _listed(found),
        remarks=command.remark,
        by=actor.name,
        at=now,
    )
    return _to_correct(docket, DocketState.DOCKET_CORRECTION, correction)


def _uploaded(docket: Docket, command: UploadDocket, actor: Actor, now: datetime) -> Docket:
    files = _files(docket.files, command.files)
    if docket.state is not DocketState.DOCKET_REVIEWED:
        raise OrderRefused(f"The docket {docket.number} is {docket.state}; it is uploaded when it is reviewed.")
    if not files:
        raise OrderInvalid("files", "is required: attach the file of the docket first")
    if command.uploaded_at > now:
        raise OrderInvalid("uploaded_at", "must not be in the future")
    if command.uploaded_at < docket.received_at:
        raise OrderInvalid("uploaded_at", f"must not be before the receipt, {docket.received_at.isoformat()}")
    update = {"files": files, "uploaded_at": command.uploaded_at, "uploaded_by": actor.name}
    return docket.model_copy(update={**update, "state": DocketState.DOCKET_UPLOADED})


def _to_correct(docket: Docket, state: DocketState, correction: Correction) -> Docket:
    if len(docket.corrections) >= MOST_CORRECTIONS:
        raise OrderRefused(f"The docket {docket.number} has been corrected {MOST_CORRECTIONS} times; cancel the order.")
    return docket.model_copy(update={"state": state, "corrections": (*docket.corrections, correction)})


def _files(known: tuple[str, ...], added: tuple[str, ...]) -> tuple[str, ...]:
    files = tuple(dict.fromkeys((*known, *added)))
    if len(files) > MOST_FILES:
        raise OrderInvalid("files", f"a docket has at most {MOST_FILES} files")
    return files


def _listed(found: tuple[Problem, ...]) -> str:
    return " ".join(problem.message for problem in found)
