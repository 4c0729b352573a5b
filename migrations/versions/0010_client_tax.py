"""The tax of a client, as part of how its contracts are invoiced.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The defaults are what every client had before; they also serve workers of the release before.
    op.add_column(
        "client_invoice_config", sa.Column("tax_treatment", sa.Text(), server_default="standard", nullable=False)
    )
    op.add_column("client_invoice_config", sa.Column("tax_note", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "client_invoice_config",
        sa.Column("prices_include_tax", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    for name in ("prices_include_tax", "tax_note", "tax_treatment"):
        op.drop_column("client_invoice_config", name)
