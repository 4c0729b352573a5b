"""The ingest of vendor bills: the heads of a file's bills, and what a file holds beside them.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bill_file_heads",
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("bill_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("provider_invoice_id", sa.Text(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("bill_id", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["file_sha256"], ["bill_files.sha256"], name=op.f("fk_bill_file_heads_file_sha256")),
        sa.PrimaryKeyConstraint("file_sha256", "bill_no", name=op.f("pk_bill_file_heads")),
    )
    op.create_index("ix_bill_file_heads_bill", "bill_file_heads", ["bill_id"])
    op.add_column("bill_files", sa.Column("refusal", sa.Text(), nullable=True))
    op.add_column("bill_files", sa.Column("lines_key", sa.Text(), nullable=True))
    op.add_column(
        "bill_files",
        sa.Column("hints", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column(
        "bill_files", sa.Column("problem_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("vendor_bills", sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_vendor_bills_file", "vendor_bills", ["file_sha256"])


def downgrade() -> None:
    op.drop_index("ix_vendor_bills_file", table_name="vendor_bills")
    op.drop_column("vendor_bills", "done_at")
    for column in ("problem_count", "hints", "lines_key", "refusal"):
        op.drop_column("bill_files", column)
    op.drop_table("bill_file_heads")
