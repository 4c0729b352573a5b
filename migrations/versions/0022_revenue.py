"""The revenue of partner invoices, and the invoice that a partner invoice replaces.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "revenue_recognitions",
        sa.Column("invoice_id", sa.Text(), primary_key=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("partner_key", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(20, 4), nullable=False),
        sa.Column("recognised_on", sa.Date(), nullable=False),
        sa.Column("effect_key", sa.Text(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_index(
        "ix_revenue_recognitions_partner_key_recognised_on",
        "revenue_recognitions",
        ["partner_key", "recognised_on"],
    )
    op.add_column("invoices", sa.Column("replaces", sa.Text(), nullable=True))
    op.create_index("ix_invoices_replaces", "invoices", ["replaces"], postgresql_where=sa.text("replaces IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_invoices_replaces", "invoices")
    op.drop_column("invoices", "replaces")
    op.drop_table("revenue_recognitions")
