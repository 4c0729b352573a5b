"""Deadlines: when an invoice waits too long, the addresses of users, and who acts for whom.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invoices", sa.Column("wait_deadline", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_invoices_wait_deadline",
        "invoices",
        ["wait_deadline", "id"],
        postgresql_where=sa.text("wait_deadline IS NOT NULL"),
    )
    op.add_column("users", sa.Column("email", sa.Text(), nullable=True))
    op.create_table(
        "delegations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("delegator", sa.Text(), nullable=False),
        sa.Column("delegate", sa.Text(), nullable=False),
        sa.Column("commands", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["delegator"], ["users.username"], name=op.f("fk_delegations_delegator")),
        sa.ForeignKeyConstraint(["delegate"], ["users.username"], name=op.f("fk_delegations_delegate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
    )
    op.create_index(op.f("ix_delegations_delegate_delegator"), "delegations", ["delegate", "delegator"], unique=False)


def downgrade() -> None:
    op.drop_table("delegations")
    op.drop_column("users", "email")
    op.drop_index("ix_invoices_wait_deadline", "invoices")
    op.drop_column("invoices", "wait_deadline")
