"""The first tables: invoices, their events, numbers and documents, the ledger of effects, and the settings.

Revision ID: 0001
Revises: nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# Tables whose rows can be inserted but not changed or deleted, so that they can serve as proof.
IMMUTABLE = ("invoice_events", "issued_numbers", "frozen_contents", "documents")


def upgrade() -> None:
    create_settings()
    create_invoices()
    create_numbers_and_documents()
    create_effects()
    refuse_changes()


def create_settings() -> None:
    op.create_table(
        "number_series",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=True),
        sa.CheckConstraint("last_number >= 0", name=op.f("ck_number_series_last_number")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_number_series")),
    )
    op.create_table(
        "client_invoice_config",
        sa.Column("application_key", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        sa.Column("reminder_days", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("recipients", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("show_task_list", sa.Boolean(), nullable=False),
        sa.Column("show_tracked_time", sa.Boolean(), nullable=False),
        sa.Column("show_task_pricing", sa.Boolean(), nullable=False),
        sa.Column("show_overtime", sa.Boolean(), nullable=False),
        sa.Column("legal_text", sa.Text(), nullable=False),
        sa.CheckConstraint("payment_days BETWEEN 0 AND 365", name=op.f("ck_client_invoice_config_payment_days")),
        sa.ForeignKeyConstraint(["series"], ["number_series.name"], name=op.f("fk_client_invoice_config_series")),
        sa.PrimaryKeyConstraint("application_key", name=op.f("pk_client_invoice_config")),
    )
    op.create_table(
        "contract_rate_rules",
        sa.Column("application_key", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("base_hourly_rate", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("monthly_limit_hours", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("overtime_multiplier", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column("p1_p3_multiplier", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column("off_hours_multiplier", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column("p1_p3_off_hours_multiplier", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column("business_hours_start", sa.Time(), nullable=False),
        sa.Column("business_hours_end", sa.Time(), nullable=False),
        sa.Column("business_hours_tz", sa.Text(), nullable=False),
        sa.Column("weekend_days", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("bill_base_when_empty", sa.Boolean(), nullable=False),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_contract_rate_rules_valid")),
        sa.PrimaryKeyConstraint("application_key", "valid_from", name=op.f("pk_contract_rate_rules")),
    )
    op.create_table(
        "employee_exclusions",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("exclusion_type", sa.Text(), nullable=False),
        sa.CheckConstraint("exclusion_type IN ('overhead_only', 'excluded')", name=op.f("ck_employee_exclusions_type")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_employee_exclusions")),
    )
    op.create_table(
        "issuer_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("issuer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_issuer_settings_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuer_settings")),
    )
    op.create_table(
        "users",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_users")),
    )
    op.create_table(
        "prefilled_drafts",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("application_key", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "application_key", name=op.f("pk_prefilled_drafts")),
    )
    op.create_index(op.f("ix_prefilled_drafts_created_at"), "prefilled_drafts", ["created_at"], unique=False)


def create_invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("milestone", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("series", sa.Text(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("application_key", sa.Text(), nullable=False),
        sa.Column("application_name", sa.Text(), nullable=False),
        sa.Column("customer_key", sa.Text(), nullable=False),
        sa.Column("customer_name", sa.Text(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("invoice_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("deal_type", sa.Text(), nullable=False),
        sa.Column("client_type", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("base_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("overtime_hours", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("overtime_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("total_hours", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("total_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("paid_amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("balance", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("awaits_money", sa.Boolean(), nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("blocked_reason", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("document_sha256", sa.Text(), nullable=True),
        sa.Column("archive_key", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("workflow_id", name=op.f("uq_invoices_workflow_id")),
    )
    op.create_index(
        op.f("ix_invoices_application_key_created_at_id"),
        "invoices",
        ["application_key", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_invoices_blocked", "invoices", ["created_at", "id"], unique=False, postgresql_where=sa.text("blocked")
    )
    op.create_index(op.f("ix_invoices_created_at_id"), "invoices", ["created_at", "id"], unique=False)
    op.create_index(
        op.f("ix_invoices_customer_key_created_at_id"), "invoices", ["customer_key", "created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_invoices_due_date_id"), "invoices", ["due_date", "id"], unique=False)
    op.create_index(
        "ix_invoices_held", "invoices", ["created_at", "id"], unique=False, postgresql_where=sa.text("held")
    )
    op.create_index(op.f("ix_invoices_kind_created_at_id"), "invoices", ["kind", "created_at", "id"], unique=False)
    op.create_index(
        op.f("ix_invoices_number"), "invoices", ["number"], unique=False, postgresql_ops={"number": "text_pattern_ops"}
    )
    op.create_index(
        "ix_invoices_open", "invoices", ["due_date", "id"], unique=False, postgresql_where=sa.text("awaits_money")
    )
    op.create_index(
        "ix_invoices_overdue", "invoices", ["due_date", "id"], unique=False, postgresql_where=sa.text("overdue")
    )
    op.create_index(
        op.f("ix_invoices_period_start_created_at_id"), "invoices", ["period_start", "created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_invoices_status_created_at_id"), "invoices", ["status", "created_at", "id"], unique=False)
    op.create_index(
        "ux_invoices_application_period",
        "invoices",
        ["application_key", "period_start", "period_end"],
        unique=True,
        postgresql_where=sa.text("kind = 'service' AND status NOT IN ('void', 'discarded')"),
    )
    op.create_table(
        "invoice_events",
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("status_before", sa.Text(), nullable=False),
        sa.Column("status_after", sa.Text(), nullable=False),
        sa.Column("event", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_events_invoice_id")),
        sa.PrimaryKeyConstraint("invoice_id", "seq", name=op.f("pk_invoice_events")),
    )


def create_numbers_and_documents() -> None:
    op.create_table(
        "issued_numbers",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("display", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["series"], ["number_series.name"], name=op.f("fk_issued_numbers_series")),
        sa.PrimaryKeyConstraint("series", "seq", name=op.f("pk_issued_numbers")),
        sa.UniqueConstraint("display", name=op.f("uq_issued_numbers_display")),
        sa.UniqueConstraint("invoice_id", name=op.f("uq_issued_numbers_invoice_id")),
    )
    op.create_table(
        "frozen_contents",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("display_number", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_frozen_contents")),
    )
    op.create_index(op.f("ix_frozen_contents_invoice_id"), "frozen_contents", ["invoice_id"], unique=False)
    op.create_table(
        "documents",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["frozen_contents.digest"], name=op.f("fk_documents_digest")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_invoice_id"), "documents", ["invoice_id"], unique=False)


def create_effects() -> None:
    op.create_table(
        "external_effects",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("vendor_id", sa.Text(), nullable=True),
        sa.Column("receipt", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'done', 'unknown', 'failed', 'skipped')", name=op.f("ck_external_effects_state")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_external_effects")),
    )
    op.create_index(op.f("ix_external_effects_invoice_id"), "external_effects", ["invoice_id"], unique=False)
    op.create_index(
        "ix_external_effects_unsettled",
        "external_effects",
        ["last_tried_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'done'"),
    )


def refuse_changes() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'restrict_violation', HINT = 'Void the invoice and make a new one.';
        END
        $$
        """
    )
    for table in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_table BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    # Dropping a table fires no DELETE trigger; the triggers are dropped with the table.
    for table in (
        "issued_numbers",
        "invoice_events",
        "documents",
        "client_invoice_config",
        "users",
        "prefilled_drafts",
        "number_series",
        "issuer_settings",
        "invoices",
        "frozen_contents",
        "external_effects",
        "employee_exclusions",
        "contract_rate_rules",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change()")
