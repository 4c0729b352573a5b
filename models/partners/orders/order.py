"""An order: one job in the field, with everything that its invoice needs.

See docs/specification/orders.md 3.1.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.audit.hash_chain import GENESIS
from models.partners.dockets.docket import Docket
from models.partners.order_type import OrderType
from models.partners.orders.fields import (
    MOST_BLOCKERS,
    MOST_MATERIALS,
    MOST_REPLACEMENTS,
    Address,
    AttachmentId,
    Code,
    Moment,
    Name,
    OrderKey,
    PartnerKey,
    Port,
    Reason,
    Remark,
    Version,
)
from models.partners.orders.status import TERMINAL, OrderStatus
from models.values.base_models import Frozen
from models.values.money import Currency, NonNegativeAmount, Quantity, round_amount, total
from models.values.typed_values import Flag

APPOINTMENT = timedelta(hours=1)
"""How long an appointment takes when nobody says otherwise."""
STANDBY_PORT = 32
"""The last port of a 1:32 splitter, which the partner keeps in reserve."""


class Material(Frozen):
    """One kind of material that the job used. The partner pays for it only when it has a unit price."""

    code: Code
    description: Name
    quantity: Annotated[Quantity, Field(gt=0)]
    unit_price: NonNegativeAmount | None = Field(default=None, description="charged to the partner; null: not charged")
    serial: Code | None = None

    def charge(self, currency: Currency) -> Decimal:
        """Return what the partner pays for it, rounded."""
        return round_amount(self.quantity * (self.unit_price or Decimal(0)), currency)


class Replacement(Frozen):
    """A device that was returned, and the one in its place. The partner approves each of them."""

    old_serial: Code
    new_serial: Code
    approved_by: Name | None = None
    notes: Remark | None = None

    @property
    def is_approved(self) -> bool:
        return self.approved_by is not None and self.notes is not None


class Blocker(Frozen):
    """A time in which the job could not go on."""

    id: str
    reason: Reason
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None = None
    closed_by: str | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class OrderFields(Frozen):
    """What the source system says about an order."""

    order_key: OrderKey
    source: Code
    source_version: Version = 0
    partner_key: PartnerKey
    service_id: Code
    order_type: OrderType
    category: Code | None = None
    method: Code | None = None
    ticket_id: Code | None = Field(default=None, description="TTKT...; assurance")
    awo_id: Code | None = Field(default=None, description="AWO...; assurance")
    customer_name: Name
    service_address: Address
    contact_name: Name | None = None
    contact_phone: Code | None = None
    building_id: Code | None = None
    building_short_name: Code | None = None
    building_name: Name | None = None
    unit_no: Code | None = None
    splitter_id: Code | None = None
    splitter_ports: Port | None = Field(default=None, description="32 for a 1:32 splitter")
    splitter_port: Port | None = None
    standby_override: Flag = False
    standby_approval: AttachmentId | None = Field(default=None, description="the partner's approval of a standby port")
    appointment_start: Moment
    appointment_end: Moment | None = None
    scheduled_start: Moment | None = None
    scheduled_end: Moment | None = None
    on_the_way_at: Moment | None = None
    met_customer_at: Moment | None = None
    completed_at: Moment | None = Field(default=None, description="OrderCompleted in the partner's portal")
    installer: Name | None = None
    materials: tuple[Material, ...] = Field(default=(), max_length=MOST_MATERIALS)
    materials_logged: Flag = False
    rma: tuple[Replacement, ...] = Field(default=(), max_length=MOST_REPLACEMENTS)


class Order(OrderFields):
    """An order as it is stored. Every change raises `revision` by one and adds an event to the chain of its log."""

    status: OrderStatus = OrderStatus.PENDING
    blockers: tuple[Blocker, ...] = Field(default=(), max_length=MOST_BLOCKERS)
    docket: Docket | None = None
    invoice_id: str | None = Field(default=None, description="the live invoice that the order stands on")
    source_digest: str = Field(default="", description="SHA-256 of what the source system sent last")
    created_at: datetime
    updated_at: datetime
    revision: int = 0
    chain: str = GENESIS

    @model_validator(mode="after")
    def _appointment_ends(self) -> Self:
        if self.appointment_end is None:
            object.__setattr__(self, "appointment_end", self.appointment_start + APPOINTMENT)
        return self

    @property
    def is_final(self) -> bool:
        return self.status in TERMINAL

    @property
    def open_blockers(self) -> tuple[Blocker, ...]:
        return tuple(blocker for blocker in self.blockers if blocker.is_open)

    @property
    def serials(self) -> frozenset[str]:
        """The serials of the devices that the job used."""
        used = {material.serial for material in self.materials if material.serial}
        return frozenset(used | {row.new_serial for row in self.rma})

    @property
    def building(self) -> str | None:
        """The building as an invoice names it."""
        return self.building_name or self.building_short_name or self.building_id

    @property
    def is_on_standby_port(self) -> bool:
        """Whether the port is the reserve of a 1:32 splitter. A splitter of unknown size counts as 1:32."""
        return self.splitter_port == STANDBY_PORT and self.splitter_ports in (None, STANDBY_PORT)

    def materials_charge(self, currency: Currency = Currency.MYR) -> Decimal:
        """Return what the partner pays for materials: the sum of the priced ones, each rounded."""
        return total(material.charge(currency) for material in self.materials)
