"""The database tables of invoices: the read model, its counters, the audit trail, the effects and outgoing mail."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Computed, Index, LargeBinary, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field, SQLModel

from models.values.columns import BY_CODE_POINT, HOURS, MOMENT, MONEY, database_now

# `search_words` and `ordered_name` are database functions of migrations 0003 and 0005. They remove case and accents.
SEARCHED = "search_words(number, customer_name, customer_key, application_name, application_key, state)"

ONE_INVOICE_A_PERIOD = "ux_invoices_application_period"
ONE_ROW_A_WORKFLOW = "uq_invoices_workflow_id"
LIVE_SERVICE = text("kind = 'service' AND status NOT IN ('void', 'discarded')")

# What the event of a payment says. Its day sorts as a text; `payment_words` is a function of migration 0033.
OF_A_PAYMENT = text("action = 'record_payment'")
PAID_ON = text("((event -> 'details'::text) ->> 'paid_on'::text)")
PAID_AMOUNT = text("(((event -> 'details'::text) ->> 'amount'::text)::numeric)")

OF_THE_ARCHIVE = "effect IN ('archive', 'archive_keep')"  # the condition of the index on the keys of archived files


class InvoiceRow(SQLModel, table=True):
    """One invoice as the registry shows it. Only the activity `records.project` writes it, from the workflow's state.

    Pages are read by key: `ORDER BY created_at DESC, id DESC` and `(created_at, id) < (:created_at, :id)`. Each filter
    has an index that ends in these two columns, and each other order has an index that ends in the id
    (api/registry/queries.py). Open items are read by `(due_date, id)` where `awaits_money`. PostgreSQL computes
    `customer_order` and `search`.
    """

    __tablename__: ClassVar[str] = "invoices"
    __table_args__ = (
        # The final protection against invoicing a contract twice for one period.
        Index(
            ONE_INVOICE_A_PERIOD,
            "application_key",
            "period_start",
            "period_end",
            unique=True,
            postgresql_where=LIVE_SERVICE,
        ),
        # The invoices that bill a day of some months (api/quotes/margins/repository.py).
        Index("ix_invoices_service_period", "period_end", "period_start", postgresql_where=LIVE_SERVICE),
        Index(None, "created_at", "id"),
        Index(None, "status", "created_at", "id"),
        Index(None, "kind", "created_at", "id"),
        Index(None, "application_key", "created_at", "id"),
        Index(None, "customer_key", "created_at", "id"),
        Index(None, "period_start", "created_at", "id"),
        Index(None, "due_date", "id"),
        Index("ix_invoices_open", "due_date", "id", postgresql_where=text("awaits_money")),
        Index("ix_invoices_open_balance", "balance", "id", postgresql_where=text("awaits_money")),
        # These indexes contain all that the finance dashboard reads (docs/specification/dashboard.md 8).
        Index(
            "ix_invoices_open_customers",
            *("customer_key", "due_date"),
            postgresql_include=["kind", "currency", "balance"],
            postgresql_where=text("awaits_money"),
        ),
        Index(
            "ix_invoices_paid",
            "paid_on",
            postgresql_include=["kind", "customer_key", "ready_on", "delivered_on", "due_date"],
            postgresql_where=text("paid_on IS NOT NULL"),
        ),
        Index("ix_invoices_credit", "created_at", "id", postgresql_where=text("credit_amount > 0")),
        Index("ix_invoices_overdue", "due_date", "id", postgresql_where=text("overdue")),
        Index("ix_invoices_held", "created_at", "id", postgresql_where=text("held")),
        Index("ix_invoices_blocked", "created_at", "id", postgresql_where=text("blocked")),
        Index("ix_invoices_bounced", "created_at", "id", postgresql_where=text("bounced")),
        Index("ix_invoices_signing", "created_at", "id", postgresql_where=text("signing_action IS NOT NULL")),
        Index("ix_invoices_wait_deadline", "wait_deadline", "id", postgresql_where=text("wait_deadline IS NOT NULL")),
        Index("ix_invoices_replaces", "replaces", postgresql_where=text("replaces IS NOT NULL")),
        Index("ix_invoices_quote", "quote_id", postgresql_where=text("quote_id IS NOT NULL")),
        Index("ix_invoices_einvoice", "einvoice_id", postgresql_where=text("einvoice_id IS NOT NULL")),
        Index(None, "number", postgresql_ops={"number": "text_pattern_ops"}),
        Index(None, "currency", "created_at", "id"),
        Index(None, "invoice_date", "id"),
        Index(None, "series", "seq", "id"),
        Index(None, "customer_order", "id"),
        Index(None, "total_amount", "id"),
        Index(None, "balance", "id"),
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
    subject_key: str = Field(sa_type=Text, description="the key of the contract or of the partner")
    application_key: str | None = Field(sa_type=Text)
    application_name: str | None = Field(sa_type=Text)
    customer_key: str = Field(sa_type=Text)
    customer_name: str = Field(sa_type=Text)
    period_start: date
    period_end: date
    invoice_date: date
    due_date: date | None
    ready_on: date | None = Field(default=None, description="the day on which the draft was made")
    delivered_on: date | None = Field(default=None, description="the day on which it was sent or uploaded")
    paid_on: date | None = Field(default=None, description="the day of the last payment of a paid invoice")
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
    credit_amount: Decimal = Field(
        sa_type=MONEY, sa_column_kwargs={"server_default": text("0")}, description="the client's money beyond the total"
    )
    written_off_amount: Decimal = Field(sa_type=MONEY, sa_column_kwargs={"server_default": text("0")})
    awaits_money: bool
    overdue: bool
    held: bool
    blocked: bool
    blocked_reason: str | None = Field(sa_type=Text)
    bounced: bool = Field(
        default=False,
        sa_column_kwargs={"server_default": text("false")},
        description="a letter did not reach the client, who has not answered either",
    )
    signing_action: str | None = Field(default=None, sa_type=Text, description="what waits for our signature in Didox")
    signing_document_id: str | None = Field(default=None, sa_type=Text)
    wait_deadline: datetime | None = Field(
        default=None,
        sa_type=MOMENT,
        description="when somebody is reminded of what it waits for; may have passed",
    )
    replaces: str | None = Field(sa_type=Text, description="the rejected partner invoice in whose place this one is")
    quote_id: str | None = Field(default=None, sa_type=Text, description="the quote whose prices it has")
    einvoice_id: str | None = Field(default=None, sa_type=Text, description="of its document in Didox, in lower case")
    digest: str | None = Field(sa_type=Text)
    document_sha256: str | None = Field(sa_type=Text)
    archive_key: str | None = Field(sa_type=Text)
    revision: int
    state: dict[str, Any] = Field(sa_type=JSONB, description="the invoice without its journal")
    created_at: datetime = Field(sa_type=MOMENT)
    updated_at: datetime = database_now()
    customer_order: str = Field(
        sa_type=BY_CODE_POINT, sa_column_args=[Computed("ordered_name(customer_name)", persisted=True)]
    )
    search: str = Field(sa_type=TSVECTOR, sa_column_args=[Computed(SEARCHED, persisted=True)])


class ClaimedWorklog(SQLModel, table=True):
    """A worklog that stands on a live invoice; the primary key allows one invoice of a contract for each worklog.

    The contract's share of a vendor's bill is claimed in the same way, under the id `cloud:` and the id of the bill.
    `revision` is that of the invoice when the worklog was claimed (activities/invoice/claims.py).
    """

    __tablename__: ClassVar[str] = "claimed_worklogs"
    __table_args__ = (
        Index("ix_claimed_worklogs_cloud", "worklog_id", postgresql_where=text("worklog_id LIKE 'cloud:%'")),
        Index("ix_claimed_worklogs_quote", "worklog_id", postgresql_where=text("worklog_id LIKE 'quote:%'")),
    )

    application_key: str = Field(primary_key=True, sa_type=Text)
    worklog_id: str = Field(primary_key=True, sa_type=Text)
    invoice_id: str = Field(sa_type=Text, foreign_key="invoices.id", index=True)
    revision: int


class RegistryCount(SQLModel, table=True):
    """The number of invoices with each combination of the key columns.

    Triggers keep it. Each number is divided among slots, which a reader adds up, so that writers do not wait for each
    other.
    """

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
    """The open balances for each due date; `infinity` stands for invoices without one.

    Triggers keep it, in slots that a reader adds up.
    """

    __tablename__: ClassVar[str] = "open_balances"

    slot: int = Field(primary_key=True, sa_type=SmallInteger, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(primary_key=True, sa_type=Text)
    currency: str = Field(primary_key=True, sa_type=Text)
    due_date: date = Field(primary_key=True)
    invoices: int
    balance: Decimal = Field(sa_type=MONEY)


class InvoiceEvent(SQLModel, table=True):
    """One event of the audit trail (models/audit/hash_chain.py). A trigger refuses UPDATE, DELETE and TRUNCATE."""

    __tablename__: ClassVar[str] = "invoice_events"
    __table_args__ = (
        Index("ix_invoice_events_payments", "at", postgresql_where=OF_A_PAYMENT),
        Index("ix_invoice_events_paid_on", PAID_ON, "invoice_id", "seq", postgresql_where=OF_A_PAYMENT),
        Index("ix_invoice_events_paid_amount", PAID_AMOUNT, postgresql_where=OF_A_PAYMENT),
        Index(
            "ix_invoice_events_paid_words",
            text("payment_words(event)"),
            postgresql_using="gin",
            postgresql_where=OF_A_PAYMENT,
        ),
        Index(None, "at", "invoice_id", "seq"),
        Index(None, "by", "at", "invoice_id", "seq"),
        Index(None, "action", "at", "invoice_id", "seq"),
    )

    invoice_id: str = Field(primary_key=True, sa_type=Text, foreign_key="invoices.id")
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=MOMENT)
    by: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    reason: str | None = Field(sa_type=Text)
    status_before: str = Field(sa_type=Text)
    status_after: str = Field(sa_type=Text)
    event: dict[str, Any] = Field(sa_type=JSONB, description="the whole event, from which its hash can be computed")
    previous: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)


class ExternalEffect(SQLModel, table=True):
    """One row of the ledger: an effect, the last request for it and its outcome (activities/ledger/ledger.py)."""

    __tablename__: ClassVar[str] = "external_effects"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'done', 'unknown', 'failed', 'skipped')", name="state"),
        Index(None, "vendor_id"),
        Index("ix_external_effects_unsettled", "last_tried_at", postgresql_where=text("state <> 'done'")),
        Index(
            "ix_external_effects_archived",
            "vendor_id",
            postgresql_where=text(OF_THE_ARCHIVE),
        ),
    )

    key: str = Field(primary_key=True, sa_type=Text)
    invoice_id: str = Field(sa_type=Text, index=True, description="its owner: an invoice, or another record")
    effect: str = Field(sa_type=Text)
    request_digest: str | None = Field(sa_type=Text, description="SHA-256 of the last request")
    state: str = Field(sa_type=Text)
    vendor_id: str | None = Field(sa_type=Text)
    receipt: dict[str, Any] | None = Field(sa_type=JSONB)
    attempts: int = Field(sa_column_kwargs={"server_default": text("0")}, description="the number of requests sent")
    first_tried_at: datetime | None = Field(sa_type=MOMENT)
    last_tried_at: datetime | None = Field(sa_type=MOMENT)
    done_at: datetime | None = Field(sa_type=MOMENT)
    last_error: str | None = Field(sa_type=Text)


class ReceivedWebhook(SQLModel, table=True):
    """A delivery of a webhook that was received; a repetition of it does nothing (api/webhooks/repository.py)."""

    __tablename__: ClassVar[str] = "received_webhooks"

    source: str = Field(primary_key=True, sa_type=Text)
    delivery_id: str = Field(primary_key=True, sa_type=Text)
    received_at: datetime = Field(sa_type=MOMENT, index=True)


class OutgoingMail(SQLModel, table=True):
    """The exact bytes of a letter. They are stored before the first attempt and deleted when the letter is sent."""

    __tablename__: ClassVar[str] = "outgoing_mail"

    key: str = Field(primary_key=True, sa_type=Text, description="the key of the effect")
    message: bytes = Field(sa_type=LargeBinary)
    in_doubt: bool = Field(
        sa_column_kwargs={"server_default": text("false")},
        description="the letter was handed to the relay, and the relay's answer is unknown",
    )
    created_at: datetime = database_now()
