"""What accepted quotes have agreed for contracts, and the quote whose prices an invoice has.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

APPEND_ONLY = ("quoted_terms", "quote_schedule")


def upgrade() -> None:
    op.create_table(
        "quoted_terms",
        sa.Column("quote_id", sa.Text(), nullable=False),
        sa.Column("application_key", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("has_prices", sa.Boolean(), nullable=False),
        sa.Column("base_amount", sa.Numeric(20, 4), nullable=True),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("replaces_base", sa.Boolean(), nullable=False),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_quoted_terms_valid")),
        sa.PrimaryKeyConstraint("quote_id", name=op.f("pk_quoted_terms")),
    )
    op.create_index(
        op.f("ix_quoted_terms_application_key_valid_from"), "quoted_terms", ["application_key", "valid_from"]
    )
    op.create_table(
        "quote_schedule",
        sa.Column("quote_id", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("application_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["quote_id"], ["quoted_terms.quote_id"], name=op.f("fk_quote_schedule_quote_id")),
        sa.PrimaryKeyConstraint("quote_id", "entry_id", name=op.f("pk_quote_schedule")),
    )
    op.create_index(op.f("ix_quote_schedule_application_key_due_on"), "quote_schedule", ["application_key", "due_on"])
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_table BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.add_column("invoices", sa.Column("quote_id", sa.Text(), nullable=True))
    op.create_index("ix_invoices_quote", "invoices", ["quote_id"], postgresql_where=sa.text("quote_id IS NOT NULL"))
    op.create_index(
        "ix_claimed_worklogs_quote",
        "claimed_worklogs",
        ["worklog_id"],
        postgresql_where=sa.text("worklog_id LIKE 'quote:%'"),
    )


def downgrade() -> None:
    op.drop_index("ix_claimed_worklogs_quote", table_name="claimed_worklogs")
    op.drop_index("ix_invoices_quote", table_name="invoices")
    op.drop_column("invoices", "quote_id")
    op.drop_table("quote_schedule")
    op.drop_table("quoted_terms")
