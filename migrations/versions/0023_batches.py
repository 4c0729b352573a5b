"""Batches of orders that share an invoice.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_batches",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("partner_key", sa.Text(), nullable=False),
        sa.Column("order_type", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
    )
    op.create_index(
        "ux_order_batches_open",
        "order_batches",
        ["partner_key", "order_type", "month"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_order_batches_opened", "order_batches", ["opened_at", "key"])


def downgrade() -> None:
    op.drop_table("order_batches")
