"""Vendor bills: files, bills, their versions and lines.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bill_files",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_bill_files")),
    )
    op.create_table(
        "vendor_bill_lines",
        sa.Column("bill_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_key", sa.Text(), nullable=False),
        sa.Column("charge_category", sa.Text(), nullable=False),
        sa.Column("charge_class", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("billed_cost", sa.Numeric(), nullable=False),
        sa.Column("effective_cost", sa.Numeric(), nullable=True),
        sa.Column("list_cost", sa.Numeric(), nullable=True),
        sa.Column("contracted_cost", sa.Numeric(), nullable=True),
        sa.Column("quantity", sa.Numeric(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("charge_period_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("charge_period_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_name", sa.Text(), nullable=True),
        sa.Column("publisher_name", sa.Text(), nullable=True),
        sa.Column("service_category", sa.Text(), nullable=True),
        sa.Column("service_name", sa.Text(), nullable=True),
        sa.Column("resource_id", sa.Text(), nullable=True),
        sa.Column("resource_name", sa.Text(), nullable=True),
        sa.Column("resource_type", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("sku_id", sa.Text(), nullable=True),
        sa.Column("sub_account_id", sa.Text(), nullable=True),
        sa.Column("sub_account_name", sa.Text(), nullable=True),
        sa.Column("project_name", sa.Text(), nullable=True),
        sa.Column("tags", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("position > 0", name=op.f("ck_vendor_bill_lines_position")),
        sa.PrimaryKeyConstraint("bill_id", "version", "position", name=op.f("pk_vendor_bill_lines")),
    )
    op.create_table(
        "vendor_bills",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("provider_invoice_id", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.Numeric(), nullable=False),
        sa.Column("tax", sa.Numeric(), nullable=False),
        sa.Column("gross", sa.Numeric(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("adds_up", sa.Boolean(), nullable=False),
        sa.Column("push_state", sa.Text(), nullable=False),
        sa.Column("push_note", sa.Text(), nullable=True),
        sa.Column("pushed_digest", sa.Text(), nullable=True),
        sa.Column("pushed_to_finance_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finance_invoice_id", sa.Text(), nullable=True),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("gross = net + tax", name=op.f("ck_vendor_bills_gross")),
        sa.CheckConstraint("gross_minor = net_minor + tax_minor", name=op.f("ck_vendor_bills_gross_minor")),
        sa.ForeignKeyConstraint(["file_sha256"], ["bill_files.sha256"], name=op.f("fk_vendor_bills_file_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_bills")),
    )
    op.create_index("ix_vendor_bills_period", "vendor_bills", ["period_start", "id"], unique=False)
    op.create_index("ux_vendor_bills_key", "vendor_bills", ["provider", "provider_invoice_id"], unique=True)
    op.create_table(
        "vendor_bill_versions",
        sa.Column("bill_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("diff", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["bill_id"], ["vendor_bills.id"], name=op.f("fk_vendor_bill_versions_bill_id")),
        sa.PrimaryKeyConstraint("bill_id", "version", name=op.f("pk_vendor_bill_versions")),
    )


def downgrade() -> None:
    op.drop_table("vendor_bill_versions")
    op.drop_index("ux_vendor_bills_key", table_name="vendor_bills")
    op.drop_index("ix_vendor_bills_period", table_name="vendor_bills")
    op.drop_table("vendor_bills")
    op.drop_table("vendor_bill_lines")
    op.drop_table("bill_files")
