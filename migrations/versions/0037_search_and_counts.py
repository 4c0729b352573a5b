"""Indexes for the search across all records, and for the counts of the views of orders.

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def _field(name: str) -> str:
    return f"coalesce(state ->> '{name}', '')"


SITE = " || ' ' || ".join(
    map(_field, ("customer_name", "building_name", "building_short_name", "building_id", "unit_no", "service_address"))
)
PAPERS = f"{_field('ticket_id')} || ' ' || {_field('awo_id')} || ' ' || coalesce(state -> 'docket' ->> 'number', '')"
# The words have the form of those of invoices (migration 0003). The functions take columns alone: with constants in
# the expression, PostgreSQL would not use the index for a query with parameters.
FUNCTIONS = (
    f"""
    CREATE FUNCTION order_words(state jsonb) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN search_words({_field("order_key")}, {SITE}, {_field("service_id")}, {PAPERS}, '', NULL)
    """,
    """
    CREATE FUNCTION bill_words(number text, issuer text, provider_invoice_id text, provider text, account text)
    RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN search_words(number, issuer, provider_invoice_id, provider, account, NULL)
    """,
    """
    CREATE FUNCTION payable_words(external_number text, external_id text, source text)
    RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN search_words(external_number, '', external_id, '', source, NULL)
    """,
)
WORDS = (
    ("ix_orders_words", "orders", "order_words(state)"),
    ("ix_vendor_bills_words", "vendor_bills", "bill_words(number, issuer, provider_invoice_id, provider, account)"),
    ("ix_payables_words", "payables", "payable_words(external_number, external_id, source)"),
)
NUMBERS = (
    ("vendor_bills", "number"),
    ("vendor_bills", "provider_invoice_id"),
    ("payables", "external_number"),
    ("payables", "external_id"),
    ("quotes", "number"),
)
COUNTED = ["status", "partner_key"]


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    for name, table, words in WORDS:
        op.create_index(name, table, [sa.text(words)], postgresql_using="gin")
    for table, column in NUMBERS:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_index("ix_orders_status", "orders", COUNTED)
    op.create_index("ix_orders_blocked", "orders", COUNTED, postgresql_where=sa.text("is_blocked"))
    op.create_index("ix_orders_without_invoice", "orders", COUNTED, postgresql_where=sa.text("invoice_id IS NULL"))


def downgrade() -> None:
    for name in ("without_invoice", "blocked", "status"):
        op.drop_index(f"ix_orders_{name}", "orders")
    for table, column in reversed(NUMBERS):
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for name, table, _ in reversed(WORDS):
        op.drop_index(name, table)
    op.execute("DROP FUNCTION payable_words(text, text, text)")
    op.execute("DROP FUNCTION bill_words(text, text, text, text, text)")
    op.execute("DROP FUNCTION order_words(jsonb)")
