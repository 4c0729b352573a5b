"""The finance dashboard: the days of delivery and payment, indexes that contain what it reads, daily snapshots.

Revision ID: 0021
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0018"
branch_labels = None
depends_on = None

# The days lie in the issuer's zone, which the content names. Payments that were reversed or cover nothing do not count.
FILL = """
UPDATE invoices SET
    delivered_on = (
        (coalesce(state -> 'uploaded' ->> 'at', state -> 'sent' ->> 'at'))::timestamptz
        AT TIME ZONE coalesce(state -> 'content' -> 'issuer' ->> 'zone', 'Asia/Tashkent')
    )::date,
    paid_on = CASE WHEN status IN ('paid', 'closed') THEN (
        SELECT max((payment ->> 'paid_on')::date)
        FROM jsonb_array_elements(coalesce(state -> 'payments', '[]')) AS payment
        WHERE payment ->> 'reversed' IS NULL
        AND (payment ->> 'amount')::numeric > coalesce((payment ->> 'surplus')::numeric, 0)
    ) END
"""


def upgrade() -> None:
    op.add_column("invoices", sa.Column("delivered_on", sa.Date(), nullable=True))
    op.add_column("invoices", sa.Column("paid_on", sa.Date(), nullable=True))
    op.execute(FILL)
    op.create_index(
        "ix_invoices_open_customers",
        "invoices",
        ["customer_key", "due_date"],
        postgresql_include=["kind", "currency", "balance"],
        postgresql_where=sa.text("awaits_money"),
    )
    op.create_index(
        "ix_invoices_months",
        "invoices",
        ["invoice_date"],
        postgresql_include=["kind", "currency", "customer_key", "status", "total_amount", "paid_amount"],
    )
    op.create_index(
        "ix_invoices_paid",
        "invoices",
        ["paid_on"],
        postgresql_include=["kind", "customer_key", "created_at", "delivered_on", "due_date"],
        postgresql_where=sa.text("paid_on IS NOT NULL"),
    )
    op.create_table(
        "finance_snapshots",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_finance_snapshots")),
    )


def downgrade() -> None:
    op.drop_table("finance_snapshots")
    for name in ("paid", "months", "open_customers"):
        op.drop_index(f"ix_invoices_{name}", "invoices")
    op.drop_column("invoices", "paid_on")
    op.drop_column("invoices", "delivered_on")
