"""Mail: copies of the letters of a contract, and notices of letters that did not arrive.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The defaults also serve workers of the release before.
    for name in ("cc", "bcc"):
        column: sa.Column[list[str]] = sa.Column(
            name, sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        )
        op.add_column("client_invoice_config", column)
    op.add_column("invoices", sa.Column("bounced", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_invoices_bounced", "invoices", ["created_at", "id"], postgresql_where=sa.text("bounced"))
    op.create_index("ix_external_effects_vendor_id", "external_effects", ["vendor_id"])
    op.create_table(
        "mailbox_cursors",
        sa.Column("folder", sa.Text(), primary_key=True),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("mailbox_cursors")
    op.drop_index("ix_external_effects_vendor_id", "external_effects")
    op.drop_index("ix_invoices_bounced", "invoices")
    op.drop_column("invoices", "bounced")
    for name in ("bcc", "cc"):
        op.drop_column("client_invoice_config", name)
