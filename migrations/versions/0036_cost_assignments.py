"""The roles and grades of employees, by which their work has a cost rate, and an index of the invoices of a month.

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cost_assignments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("employee", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("num_nonnulls(role, grade) > 0", name=op.f("ck_cost_assignments_role")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_cost_assignments_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_assignments")),
    )
    op.create_index(
        "ix_invoices_service_period",
        "invoices",
        ["period_end", "period_start"],
        postgresql_where=sa.text("kind = 'service' AND status NOT IN ('void', 'discarded')"),
    )


def downgrade() -> None:
    op.drop_index("ix_invoices_service_period", table_name="invoices")
    op.drop_table("cost_assignments")
