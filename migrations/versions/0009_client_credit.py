"""The client's credit on an invoice becomes a column, the surplus of its payments; and what was written off.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default serves workers of the release before, which run beside this one during a deployment.
    op.add_column(
        "invoices", sa.Column("credit_amount", sa.Numeric(20, 4), server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "invoices", sa.Column("written_off_amount", sa.Numeric(20, 4), server_default=sa.text("0"), nullable=False)
    )
    op.execute(
        """
        UPDATE invoices SET credit_amount = (
            SELECT coalesce(sum((payment ->> 'surplus')::numeric), 0)
            FROM jsonb_array_elements(state -> 'payments') AS payment
        )
        WHERE jsonb_typeof(state -> 'payments') = 'array' AND state -> 'payments' <> '[]'
        """
    )
    op.create_index(
        "ix_invoices_credit", "invoices", ["created_at", "id"], postgresql_where=sa.text("credit_amount > 0")
    )


def downgrade() -> None:
    op.drop_index("ix_invoices_credit", "invoices")
    op.drop_column("invoices", "written_off_amount")
    op.drop_column("invoices", "credit_amount")
