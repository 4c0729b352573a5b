"""Quotes: the read model, the audit trail, and the sent versions with their documents.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

APPEND_ONLY = ("quote_events", "quote_versions")
SEARCHED = (
    "search_words(number, customer_name, coalesce(customer_key, ''), title, coalesce(application_key, ''), '{}'::jsonb)"
)


def upgrade() -> None:
    create_quotes()
    op.create_table(
        "quote_events",
        sa.Column("quote_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("event", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_quote_events_quote_id")),
        sa.PrimaryKeyConstraint("quote_id", "seq", name=op.f("pk_quote_events")),
    )
    op.create_table(
        "quote_versions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("quote_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_quote_versions")),
    )
    op.create_index(op.f("ix_quote_versions_quote_id_version"), "quote_versions", ["quote_id", "version"])
    op.create_index(op.f("ix_quote_versions_sha256"), "quote_versions", ["sha256"])
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_table BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def create_quotes() -> None:
    op.create_table(
        "quotes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("customer_key", sa.Text(), nullable=True),
        sa.Column("customer_name", sa.Text(), nullable=False),
        sa.Column("application_key", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("net_amount", sa.Numeric(20, 4), nullable=False),
        sa.Column("total_amount", sa.Numeric(20, 4), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("converted", sa.Boolean(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), sa.Computed(SEARCHED, persisted=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        sa.UniqueConstraint("workflow_id", name=op.f("uq_quotes_workflow_id")),
    )
    op.create_index(op.f("ix_quotes_created_at_id"), "quotes", ["created_at", "id"])
    op.create_index(op.f("ix_quotes_status_created_at_id"), "quotes", ["status", "created_at", "id"])
    op.create_index(op.f("ix_quotes_customer_key_created_at_id"), "quotes", ["customer_key", "created_at", "id"])
    op.create_index(op.f("ix_quotes_search"), "quotes", ["search"], postgresql_using="gin")
    op.create_index(
        "ix_quotes_valid_until",
        "quotes",
        ["valid_until", "id"],
        postgresql_where=sa.text("status IN ('sent', 'viewed')"),
    )
    op.create_index("ix_quotes_blocked", "quotes", ["created_at", "id"], postgresql_where=sa.text("blocked"))
    op.create_index(
        "ix_quotes_application",
        "quotes",
        ["application_key"],
        postgresql_where=sa.text("application_key IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("quote_versions")
    op.drop_table("quote_events")
    op.drop_table("quotes")
