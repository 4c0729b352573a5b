"""Didox: the document of each invoice, the last sweep of all documents, the deliveries of the webhook, and the codes of
services for each contract.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

CODES = ("ikpu", "ikpu_name", "package_code", "package_name")
# The newest completed act of each invoice that was not deleted after it.
FILL = """
UPDATE invoices SET einvoice_id = lower(newest.vendor_id)
FROM (
    SELECT DISTINCT ON (invoices.id) invoices.id, effect ->> 'name' AS name, effect ->> 'vendor_id' AS vendor_id
    FROM invoices, jsonb_array_elements(invoices.state -> 'effects') AS effect
    WHERE effect ->> 'name' = 'einvoice_cancel' OR (effect ->> 'name' = 'einvoice' AND effect ->> 'state' = 'done')
    ORDER BY invoices.id, (effect ->> 'revision')::int DESC
) AS newest
WHERE newest.id = invoices.id AND newest.name = 'einvoice' AND newest.vendor_id <> ''
"""


def upgrade() -> None:
    op.add_column("invoices", sa.Column("einvoice_id", sa.Text(), nullable=True))
    op.execute(FILL)
    op.create_index(
        "ix_invoices_einvoice", "invoices", ["einvoice_id"], postgresql_where=sa.text("einvoice_id IS NOT NULL")
    )
    op.create_table(
        "einvoice_sweeps",
        sa.Column("seller_tin", sa.Text(), primary_key=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "received_webhooks",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("delivery_id", sa.Text(), primary_key=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_received_webhooks_received_at", "received_webhooks", ["received_at"])
    for name in CODES:
        op.add_column("client_invoice_config", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("client_invoice_config", sa.Column("measure_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    for name in (*CODES, "measure_id"):
        op.drop_column("client_invoice_config", name)
    op.drop_table("received_webhooks")
    op.drop_table("einvoice_sweeps")
    op.drop_index("ix_invoices_einvoice", "invoices")
    op.drop_column("invoices", "einvoice_id")
