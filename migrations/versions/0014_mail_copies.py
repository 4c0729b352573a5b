"""Copies of the letters of a contract: the addresses of cc and bcc.

Revision ID: 0014
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The defaults also serve workers of the release before.
    for name in ("cc", "bcc"):
        column: sa.Column[list[str]] = sa.Column(
            name, sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        )
        op.add_column("client_invoice_config", column)


def downgrade() -> None:
    for name in ("bcc", "cc"):
        op.drop_column("client_invoice_config", name)
