"""Indexes for the lists across invoices: open items by balance, payments, and events of the audit trail.

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

OF_A_PAYMENT = sa.text("action = 'record_payment'")
PAID_ON = sa.text("((event -> 'details'::text) ->> 'paid_on'::text)")
PAID_AMOUNT = sa.text("(((event -> 'details'::text) ->> 'amount'::text)::numeric)")
# The words of a payment's reference and id, in the form in which the registry has those of an invoice.
WORDS = """
    CREATE FUNCTION payment_words(event jsonb) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN search_words(
        event -> 'details' ->> 'reference', event -> 'details' ->> 'payment_id', '', '', '', NULL
    )
"""
EVENTS = (["at", "invoice_id", "seq"], ["by", "at", "invoice_id", "seq"], ["action", "at", "invoice_id", "seq"])


def upgrade() -> None:
    op.execute(WORDS)
    op.create_index(op.f("ix_invoices_balance_id"), "invoices", ["balance", "id"])
    op.create_index("ix_invoices_open_balance", "invoices", ["balance", "id"], postgresql_where=sa.text("awaits_money"))
    op.create_index(
        "ix_invoice_events_paid_on", "invoice_events", [PAID_ON, "invoice_id", "seq"], postgresql_where=OF_A_PAYMENT
    )
    op.create_index("ix_invoice_events_paid_amount", "invoice_events", [PAID_AMOUNT], postgresql_where=OF_A_PAYMENT)
    op.create_index(
        "ix_invoice_events_paid_words",
        "invoice_events",
        [sa.text("payment_words(event)")],
        postgresql_using="gin",
        postgresql_where=OF_A_PAYMENT,
    )
    for columns in EVENTS:
        op.create_index(op.f(f"ix_invoice_events_{'_'.join(columns)}"), "invoice_events", columns)


def downgrade() -> None:
    for columns in reversed(EVENTS):
        op.drop_index(op.f(f"ix_invoice_events_{'_'.join(columns)}"), "invoice_events")
    for name in ("words", "amount", "on"):
        op.drop_index(f"ix_invoice_events_paid_{name}", "invoice_events")
    op.execute("DROP FUNCTION payment_words(jsonb)")
    op.drop_index("ix_invoices_open_balance", "invoices")
    op.drop_index(op.f("ix_invoices_balance_id"), "invoices")
