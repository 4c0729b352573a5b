"""The margins that are wanted.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "margin_targets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("floor_percent", sa.Numeric(6, 2), nullable=False),
        sa.Column("target_percent", sa.Numeric(6, 2), nullable=False),
        sa.CheckConstraint("floor_percent BETWEEN 0 AND target_percent", name=op.f("ck_margin_targets_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_margin_targets")),
    )


def downgrade() -> None:
    op.drop_table("margin_targets")
