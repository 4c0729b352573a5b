"""The commands of people on an order. Their fields are what they must carry (docs/specification/orders.md 3.3)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from models.partners.dockets.docket import DocketPaper
from models.partners.order_type import OrderTypeInput
from models.partners.orders.edges import Through
from models.partners.orders.fields import (
    MOST_FILES,
    MOST_MATERIALS,
    MOST_REPLACEMENTS,
    AttachmentId,
    Code,
    Moment,
    Name,
    Port,
    Reason,
    Remark,
    Revision,
)
from models.partners.orders.order import Material, Replacement
from models.partners.orders.status import StatusInput
from models.values.base_models import Strict
from models.values.request_fingerprint import fingerprint
from models.values.typed_values import Flag


class MaterialInput(Material, Strict):
    """One kind of material that the job used."""


class ReplacementInput(Replacement, Strict):
    """A device that was returned, and the one in its place."""


class DocketPaperInput(DocketPaper, Strict):
    """What the paper says."""

    order_type: OrderTypeInput | None = None


class OrderCommand(Strict):
    """The base class. A command that names a revision is refused when the order has another one."""

    name: ClassVar[str]
    revision: Revision | None = Field(default=None, description="the revision that the change was made on")
    remark: Remark | None = None


class Transition(OrderCommand):
    """Moves the order to another status. An override skips the table; only an admin may."""

    name = Through.TRANSITION.value
    to: StatusInput
    reason: Reason | None = None
    evidence: AttachmentId | None = Field(default=None, description="the id of an attachment of the order")
    override: Flag = False
    installer: Name | None = None
    scheduled_start: Moment | None = None
    scheduled_end: Moment | None = None
    appointment_start: Moment | None = None
    appointment_end: Moment | None = None
    portal_time: Moment | None = Field(default=None, description="the time in the partner's portal")


class ReceiveDocket(OrderCommand):
    """Records that the docket was received, or received again after a correction."""

    name = Through.RECEIVE_DOCKET.value
    number: Code
    received_at: Moment
    paper: DocketPaperInput
    files: tuple[AttachmentId, ...] = Field(default=(), max_length=MOST_FILES)
    splitter_id: Code | None = None
    splitter_ports: Port | None = None
    splitter_port: Port | None = None
    standby_override: Flag = False
    standby_approval: AttachmentId | None = None
    late_reason: Reason | None = Field(default=None, description="needed above three hours; an admin gives it")


class ReviewDocket(OrderCommand):
    """Finds the docket valid, or sends it back. A docket with problems cannot be found valid."""

    name = Through.REVIEW_DOCKET.value
    is_valid: Flag
    reason: Reason | None = Field(default=None, description="why it goes back, if the comparison finds no problem")


class UploadDocket(OrderCommand):
    """Records that the docket was uploaded to the partner's portal."""

    name = Through.UPLOAD_DOCKET.value
    uploaded_at: Moment
    files: tuple[AttachmentId, ...] = Field(default=(), max_length=MOST_FILES)


class RejectDocket(OrderCommand):
    """Records that the partner rejected the docket."""

    name = Through.REJECT_DOCKET.value
    reason: Reason
    remark: Remark
    evidence: AttachmentId


class OpenBlocker(OrderCommand):
    """Records why the job cannot go on. The clock of the job stands still until the blocker is closed."""

    name = "open_blocker"
    action: Literal["open"]
    reason: Reason
    at: Moment


class CloseBlocker(OrderCommand):
    """Records that the job can go on."""

    name = "close_blocker"
    action: Literal["close"]
    blocker_id: Code
    at: Moment


class LogMaterials(OrderCommand):
    """Records what the job used; an empty list says that it used nothing. It replaces what was recorded before."""

    name = "log_materials"
    materials: tuple[MaterialInput, ...] = Field(max_length=MOST_MATERIALS)
    rma: tuple[ReplacementInput, ...] = Field(default=(), max_length=MOST_REPLACEMENTS)


REQUEST = "request"
"""The detail of an event that holds the fingerprint of the request which has made it."""


def request_of(command: OrderCommand, idempotency_key: str) -> str:
    """Return the fingerprint of a request by which a repetition is recognised."""
    return fingerprint(idempotency_key, f"{command.name} {command.model_dump_json()}")


BlockerCommand = Annotated[OpenBlocker | CloseBlocker, Field(discriminator="action")]
DocketCommand = ReceiveDocket | ReviewDocket | UploadDocket | RejectDocket
AnyCommand = Transition | DocketCommand | OpenBlocker | CloseBlocker | LogMaterials
