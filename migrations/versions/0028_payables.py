"""Payables: vendors, received invoices, their lines and their logs.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vendors",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendors")),
    )
    op.create_index("ux_vendors_name", "vendors", ["tenant_id", sa.text("lower(name)")], unique=True)
    op.create_table(
        "payables",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("vendor_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("external_number", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("lines_summed_by", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_digest", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("scheduled_for", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("payment_reference", sa.Text(), nullable=True),
        sa.Column("lock_reason", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'paid') = (paid_on IS NOT NULL AND payment_reference IS NOT NULL)", name=op.f("ck_payables_paid")
        ),
        sa.CheckConstraint("(status = 'scheduled') <= (scheduled_for IS NOT NULL)", name=op.f("ck_payables_scheduled")),
        sa.CheckConstraint("status IN ('received', 'approved', 'scheduled', 'paid')", name=op.f("ck_payables_status")),
        sa.CheckConstraint("gross_minor = net_minor + tax_minor", name=op.f("ck_payables_gross")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_payables_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payables")),
    )
    op.create_index("ix_payables_due", "payables", ["due_date", "id"], unique=False)
    op.create_index(
        "ix_payables_unpaid",
        "payables",
        ["currency", "due_date"],
        unique=False,
        postgresql_where=sa.text("status <> 'paid'"),
    )
    op.create_index("ix_payables_vendor", "payables", ["vendor_id", "due_date", "id"], unique=False)
    op.create_index("ux_payables_key", "payables", ["tenant_id", "source", "external_id"], unique=True)
    op.create_table(
        "payable_events",
        sa.Column("payable_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["payable_id"], ["payables.id"], name=op.f("fk_payable_events_payable_id")),
        sa.PrimaryKeyConstraint("payable_id", "seq", name=op.f("pk_payable_events")),
    )
    op.create_table(
        "payable_lines",
        sa.Column("payable_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line_key", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("product_group", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("charge_category", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("resource_id", sa.Text(), nullable=True),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["payable_id"], ["payables.id"], name=op.f("fk_payable_lines_payable_id")),
        sa.PrimaryKeyConstraint("payable_id", "position", name=op.f("pk_payable_lines")),
    )
    for name, what in (("rows", "UPDATE OR DELETE"), ("table", "TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER payable_events_{name} BEFORE {what} ON payable_events "
            f"FOR EACH {'ROW' if name == 'rows' else 'STATEMENT'} EXECUTE FUNCTION refuse_rewriting()"
        )


def downgrade() -> None:
    for table in ("payable_lines", "payable_events", "payables", "vendors"):
        op.drop_table(table)
