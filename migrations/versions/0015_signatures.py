"""Signatures: what waits for one, the bytes that were given to a signer, and what came back.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

# An act that waits for its signature now; a cancellation asks for one when its effect is retried.
WAITING = """
    UPDATE invoices
       SET signing_action = 'send', signing_document_id = effect -> 'argument' ->> 'document_id'
      FROM (SELECT id AS waiting_id, jsonb_array_elements(state -> 'effects') AS effect FROM invoices) AS effects
     WHERE id = waiting_id
       AND effect ->> 'name' = 'einvoice_signature'
       AND effect ->> 'state' = 'pending'
       AND effect -> 'argument' ->> 'document_id' <> ''
"""


def upgrade() -> None:
    op.add_column("invoices", sa.Column("signing_action", sa.Text(), nullable=True))
    op.add_column("invoices", sa.Column("signing_document_id", sa.Text(), nullable=True))
    op.execute(WAITING)
    waits = sa.text("signing_action IS NOT NULL")
    op.create_index("ix_invoices_signing", "invoices", ["created_at", "id"], postgresql_where=waits)
    op.create_table(
        "documents_to_sign",
        sa.Column("document_id", sa.Text(), primary_key=True),
        sa.Column("action", sa.Text(), primary_key=True),
        sa.Column("sha256", sa.Text(), primary_key=True),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("seller_tin", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", MOMENT, server_default=sa.func.now(), nullable=False),
    )
    op.create_index("ix_documents_to_sign_invoice_id", "documents_to_sign", ["invoice_id"])
    texts = ("invoice_id", "document_id", "action", "document_sha256", "pkcs7", "signature_hex")
    certificate = ("certificate_serial", "certificate_tin", "certificate_holder")
    op.create_table(
        "signatures",
        sa.Column("sha256", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in (*texts, *certificate)),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("valid_to", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
    )
    op.create_index("ix_signatures_invoice_id", "signatures", ["invoice_id"])


def downgrade() -> None:
    op.drop_table("signatures")
    op.drop_table("documents_to_sign")
    op.drop_index("ix_invoices_signing", "invoices")
    op.drop_column("invoices", "signing_document_id")
    op.drop_column("invoices", "signing_action")
