"""The tables of PostgreSQL: the read model of invoices, and the records that must outlive every workflow.

`migrations/` creates them; a test holds the two against each other. No workflow imports this module.
"""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field, SQLModel

# Constraints need the same names in every database, so that a migration can speak of them.
SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

MONEY = Numeric(18, 2)
HOURS = Numeric(10, 2)
FACTOR = Numeric(6, 3)
MOMENT = DateTime(timezone=True)
BY_CODE_POINT = Text(collation="C")

# The functions of migrations 0003 and 0005: texts without case and accents, and the words that one may search by.
SEARCHED = "search_words(number, customer_name, customer_key, application_name, application_key, state)"

ONE_INVOICE_A_PERIOD = "ux_invoices_application_period"
ONE_ROW_A_WORKFLOW = "uq_invoices_workflow_id"
ONE_DISPLAY_NUMBER = "uq_issued_numbers_display"
ONE_NUMBER_OF_A_SERIES = "pk_issued_numbers"


def _now() -> Any:
    return Field(sa_type=MOMENT, sa_column_kwargs={"server_default": func.now()})


class InvoiceRow(SQLModel, table=True):
    """One invoice as the registry shows it. Only `records.project` writes it, from the workflow's state.

    Pages are read by key: `ORDER BY created_at DESC, id DESC` and `(created_at, id) < (:created_at, :id)`; each filter
    has an index that ends in these two, and each other order has one that ends in the id (api/listing.py). Open items
    are read by `(due_date, id)` where `awaits_money`. PostgreSQL itself fills `customer_order` and `search`.
    """

    __tablename__: ClassVar[str] = "invoices"
    __table_args__ = (
        # The last word against invoicing a contract twice for one period.
        Index(
            ONE_INVOICE_A_PERIOD,
            "application_key",
            "period_start",
            "period_end",
            unique=True,
            postgresql_where=text("kind = 'service' AND status NOT IN ('void', 'discarded')"),
        ),
        Index(None, "created_at", "id"),
        Index(None, "status", "created_at", "id"),
        Index(None, "kind", "created_at", "id"),
        Index(None, "application_key", "created_at", "id"),
        Index(None, "customer_key", "created_at", "id"),
        Index(None, "period_start", "created_at", "id"),
        Index(None, "due_date", "id"),
        Index("ix_invoices_open", "due_date", "id", postgresql_where=text("awaits_money")),
        Index("ix_invoices_overdue", "due_date", "id", postgresql_where=text("overdue")),
        Index("ix_invoices_held", "created_at", "id", postgresql_where=text("held")),
        Index("ix_invoices_blocked", "created_at", "id", postgresql_where=text("blocked")),
        Index(None, "number", postgresql_ops={"number": "text_pattern_ops"}),
        Index(None, "currency", "created_at", "id"),
        Index(None, "invoice_date", "id"),
        Index(None, "series", "seq", "id"),
        Index(None, "customer_order", "id"),
        Index(None, "total_amount", "id"),
        Index(None, "search", postgresql_using="gin"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    workflow_id: str = Field(unique=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    milestone: str | None = Field(sa_type=Text)
    number: str | None = Field(sa_type=Text, description="as printed")
    series: str | None = Field(sa_type=Text)
    seq: int | None
    subject_key: str = Field(sa_type=Text, description="of what is invoiced: the contract, or the partner")
    application_key: str | None = Field(sa_type=Text)
    application_name: str | None = Field(sa_type=Text)
    customer_key: str = Field(sa_type=Text)
    customer_name: str = Field(sa_type=Text)
    period_start: date
    period_end: date
    invoice_date: date
    due_date: date | None
    deal_type: str | None = Field(sa_type=Text)
    client_type: str | None = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    base_amount: Decimal = Field(sa_type=MONEY)
    overtime_hours: Decimal | None = Field(sa_type=HOURS)
    overtime_amount: Decimal = Field(sa_type=MONEY)
    total_hours: Decimal | None = Field(sa_type=HOURS)
    total_amount: Decimal = Field(sa_type=MONEY)
    paid_amount: Decimal = Field(sa_type=MONEY)
    balance: Decimal = Field(sa_type=MONEY)
    awaits_money: bool
    overdue: bool
    held: bool
    blocked: bool
    blocked_reason: str | None = Field(sa_type=Text)
    digest: str | None = Field(sa_type=Text)
    document_sha256: str | None = Field(sa_type=Text)
    archive_key: str | None = Field(sa_type=Text)
    revision: int
    state: dict[str, Any] = Field(sa_type=JSONB, description="the whole invoice but for its journal")
    created_at: datetime = Field(sa_type=MOMENT)
    updated_at: datetime = _now()
    customer_order: str = Field(
        sa_type=BY_CODE_POINT, sa_column_args=[Computed("ordered_name(customer_name)", persisted=True)]
    )
    search: str = Field(sa_type=TSVECTOR, sa_column_args=[Computed(SEARCHED, persisted=True)])


class RegistryCount(SQLModel, table=True):
    """How many invoices there are of each sort: triggers keep it, in slots that are to be added up."""

    __tablename__: ClassVar[str] = "registry_counts"

    slot: int = Field(primary_key=True, sa_type=SmallInteger, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(primary_key=True, sa_type=Text)
    status: str = Field(primary_key=True, sa_type=Text)
    currency: str = Field(primary_key=True, sa_type=Text)
    overdue: bool = Field(primary_key=True)
    held: bool = Field(primary_key=True)
    blocked: bool = Field(primary_key=True)
    invoices: int


class OpenBalance(SQLModel, table=True):
    """What is owed for each due date (`infinity`: none yet): triggers keep it, in slots that are to be added up."""

    __tablename__: ClassVar[str] = "open_balances"

    slot: int = Field(primary_key=True, sa_type=SmallInteger, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(primary_key=True, sa_type=Text)
    currency: str = Field(primary_key=True, sa_type=Text)
    due_date: date = Field(primary_key=True)
    invoices: int
    balance: Decimal = Field(sa_type=MONEY)


class InvoiceEvent(SQLModel, table=True):
    """The audit trail (models/audit.py). A trigger refuses every UPDATE, DELETE and TRUNCATE."""

    __tablename__: ClassVar[str] = "invoice_events"

    invoice_id: str = Field(primary_key=True, sa_type=Text, foreign_key="invoices.id")
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=MOMENT)
    by: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    reason: str | None = Field(sa_type=Text)
    status_before: str = Field(sa_type=Text)
    status_after: str = Field(sa_type=Text)
    event: dict[str, Any] = Field(sa_type=JSONB, description="the event itself; its hash can be computed from it")
    previous: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)


class NumberSeries(SQLModel, table=True):
    """A counter that nothing but `records.take_number` raises. Without a `last_number` it gives no numbers."""

    __tablename__: ClassVar[str] = "number_series"
    __table_args__ = (CheckConstraint("last_number >= 0", name="last_number"),)

    name: str = Field(primary_key=True, sa_type=Text)
    pattern: str = Field(sa_type=Text, description="e.g. ACT-{year}-{seq:04d}; see models/numbering.py")
    last_number: int | None


class IssuedNumber(SQLModel, table=True):
    """One row for each number that was ever taken; a trigger refuses every change, so a gap can be proved absent."""

    __tablename__: ClassVar[str] = "issued_numbers"

    series: str = Field(primary_key=True, sa_type=Text, foreign_key="number_series.name")
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    display: str = Field(unique=True, sa_type=Text)
    invoice_id: str = Field(unique=True, sa_type=Text)
    taken_at: datetime = _now()


class FrozenContent(SQLModel, table=True):
    """What a finalised document says, by the digest that an approval names. Immutable."""

    __tablename__: ClassVar[str] = "frozen_contents"

    digest: str = Field(primary_key=True, sa_type=Text)
    invoice_id: str = Field(sa_type=Text, index=True)
    display_number: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text, description="JSON, kept to the letter: the digest was computed from it")
    created_at: datetime = _now()


class StoredDocument(SQLModel, table=True):
    """A PDF by its SHA-256. Immutable. Contents that print the same share one, under the first one's digest."""

    __tablename__: ClassVar[str] = "documents"

    sha256: str = Field(primary_key=True, sa_type=Text)
    invoice_id: str = Field(sa_type=Text, index=True)
    digest: str = Field(sa_type=Text, foreign_key="frozen_contents.digest")
    pages: int
    size: int
    pdf: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = _now()


class ExternalEffect(SQLModel, table=True):
    """The ledger of what was asked of other systems, and what they answered (activities/ledger.py)."""

    __tablename__: ClassVar[str] = "external_effects"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'done', 'unknown', 'failed', 'skipped')", name="state"),
        Index("ix_external_effects_unsettled", "last_tried_at", postgresql_where=text("state <> 'done'")),
    )

    key: str = Field(primary_key=True, sa_type=Text)
    invoice_id: str = Field(sa_type=Text, index=True)
    effect: str = Field(sa_type=Text)
    request_digest: str | None = Field(sa_type=Text, description="SHA-256 of what was last sent")
    state: str = Field(sa_type=Text)
    vendor_id: str | None = Field(sa_type=Text)
    receipt: dict[str, Any] | None = Field(sa_type=JSONB)
    attempts: int = Field(sa_column_kwargs={"server_default": text("0")}, description="how often it was sent")
    first_tried_at: datetime | None = Field(sa_type=MOMENT)
    last_tried_at: datetime | None = Field(sa_type=MOMENT)
    done_at: datetime | None = Field(sa_type=MOMENT)
    last_error: str | None = Field(sa_type=Text)


class ClientInvoiceConfig(SQLModel, table=True):
    """What is configured for one contract; a contract without a row has the defaults of models/terms.py."""

    __tablename__: ClassVar[str] = "client_invoice_config"
    __table_args__ = (CheckConstraint("payment_days BETWEEN 0 AND 365", name="payment_days"),)

    application_key: str = Field(primary_key=True, sa_type=Text)
    series: str = Field(sa_type=Text, foreign_key="number_series.name")
    payment_days: int
    reminder_days: list[int] = Field(sa_type=ARRAY(Integer))
    channel: str | None = Field(sa_type=Text)
    recipients: list[str] = Field(sa_type=ARRAY(Text))
    show_task_list: bool
    show_tracked_time: bool
    show_task_pricing: bool
    show_overtime: bool
    legal_text: str = Field(sa_type=Text)


class ContractRateRule(SQLModel, table=True):
    """A contract's prices from one day on; the newest that is valid at the period's end applies."""

    __tablename__: ClassVar[str] = "contract_rate_rules"
    __table_args__ = (CheckConstraint("valid_to >= valid_from", name="valid"),)

    application_key: str = Field(primary_key=True, sa_type=Text)
    valid_from: date = Field(primary_key=True)
    valid_to: date | None
    base_hourly_rate: Decimal = Field(sa_type=MONEY)
    monthly_limit_hours: Decimal = Field(sa_type=HOURS)
    overtime_multiplier: Decimal = Field(sa_type=FACTOR)
    p1_p3_multiplier: Decimal = Field(sa_type=FACTOR)
    off_hours_multiplier: Decimal = Field(sa_type=FACTOR)
    p1_p3_off_hours_multiplier: Decimal = Field(sa_type=FACTOR)
    business_hours_start: time
    business_hours_end: time
    business_hours_tz: str = Field(sa_type=Text)
    weekend_days: list[int] = Field(sa_type=ARRAY(Integer))
    bill_base_when_empty: bool


class EmployeeExclusion(SQLModel, table=True):
    """Somebody whose work is never billed."""

    __tablename__: ClassVar[str] = "employee_exclusions"
    __table_args__ = (CheckConstraint("exclusion_type IN ('overhead_only', 'excluded')", name="type"),)

    account_id: str = Field(primary_key=True, sa_type=Text)
    exclusion_type: str = Field(sa_type=Text)
    note: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""}, description="who, and why")


class ProjectClassification(SQLModel, table=True):
    """What the hours of a project label are; a label without a row is billable."""

    __tablename__: ClassVar[str] = "project_classifications"
    __table_args__ = (CheckConstraint("classification IN ('billable', 'internal', 'overhead')", name="classification"),)

    label: str = Field(primary_key=True, sa_type=Text)
    classification: str = Field(sa_type=Text)


class SettingsHistory(SQLModel, table=True):
    """Every change of a setting. A trigger refuses UPDATE, DELETE and TRUNCATE."""

    __tablename__: ClassVar[str] = "settings_history"
    __table_args__ = (Index(None, "area", "key", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    at: datetime = _now()
    by: str = Field(sa_type=Text)
    area: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    before: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    after: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    reason: str | None = Field(default=None, sa_type=Text)


class IssuerSettings(SQLModel, table=True):
    """The company that issues the invoices: one row."""

    __tablename__: ClassVar[str] = "issuer_settings"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    issuer: dict[str, Any] = Field(sa_type=JSONB, description="models.terms.Issuer")


class User(SQLModel, table=True):
    __tablename__: ClassVar[str] = "users"

    username: str = Field(primary_key=True, sa_type=Text)
    password_hash: str = Field(sa_type=Text, description="argon2id")
    role: str = Field(sa_type=Text)
    active: bool = Field(sa_column_kwargs={"server_default": text("true")})


class PrefilledDraft(SQLModel, table=True):
    """A draft that a monthly run prepared together with many others, until its own workflow fetches it."""

    __tablename__: ClassVar[str] = "prefilled_drafts"

    run_id: str = Field(primary_key=True, sa_type=Text)
    application_key: str = Field(primary_key=True, sa_type=Text)
    content: str = Field(sa_type=Text, description="JSON of models.content.Content")
    created_at: datetime = Field(
        sa_type=MOMENT, index=True, sa_column_kwargs={"server_default": func.now()}, description="old ones may go"
    )


class OutgoingMail(SQLModel, table=True):
    """The exact bytes of a letter, from before its first attempt until it is sent (activities/outgoing_mail.py)."""

    __tablename__: ClassVar[str] = "outgoing_mail"

    key: str = Field(primary_key=True, sa_type=Text, description="of the effect")
    message: bytes = Field(sa_type=LargeBinary)
    in_doubt: bool = Field(
        sa_column_kwargs={"server_default": text("false")}, description="handed over, and the relay's answer is unknown"
    )
    created_at: datetime = _now()
