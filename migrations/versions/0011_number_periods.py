"""Number series that begin anew each year or month.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The defaults are those of a series that never begins anew; they also serve workers of the release before.
    op.add_column("number_series", sa.Column("reset", sa.Text(), server_default="never", nullable=False))
    op.add_column("number_series", sa.Column("counted_in", sa.Text(), server_default="", nullable=False))
    op.add_column("issued_numbers", sa.Column("period", sa.Text(), server_default="", nullable=False))
    op.drop_constraint("pk_issued_numbers", "issued_numbers")
    op.create_primary_key("pk_issued_numbers", "issued_numbers", ["series", "period", "seq"])


def downgrade() -> None:
    op.drop_constraint("pk_issued_numbers", "issued_numbers")
    op.create_primary_key("pk_issued_numbers", "issued_numbers", ["series", "seq"])
    op.drop_column("issued_numbers", "period")
    op.drop_column("number_series", "counted_in")
    op.drop_column("number_series", "reset")
