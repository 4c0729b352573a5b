"""The columns of the contract become nullable and `subject_key` is added: an invoice may be made from orders.

The agreement number moves in the state from `content` to `content.basis`. The search reads both places, because existing
rows are not changed.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OF_A_CONTRACT = ("application_key", "application_name", "deal_type", "client_type")
HOURS = ("overtime_hours", "total_hours")
# The characters between the parts of a key or a number, as in migration 0003.
BETWEEN_WORDS = r"\s!-/:-@\[-`{-~\u00a1-\u00bf\u2010-\u2027\u2030-\u205e"

BEFORE = ("application_name", "application_key", "state -> 'content' ->> 'agreement_number'")
NOW = (
    "coalesce(application_name, '')",
    "coalesce(application_key, '')",
    "coalesce(state -> 'content' -> 'basis' ->> 'agreement_number', state -> 'content' ->> 'agreement_number')",
)


def upgrade() -> None:
    replace_search_words(*NOW)
    for name in OF_A_CONTRACT:
        op.alter_column("invoices", name, existing_type=sa.Text(), nullable=True)
    for name in HOURS:
        op.alter_column("invoices", name, existing_type=sa.Numeric(10, 2), nullable=True)
    op.add_column("invoices", sa.Column("subject_key", sa.Text(), nullable=True))
    op.execute("UPDATE invoices SET subject_key = application_key")
    op.alter_column("invoices", "subject_key", existing_type=sa.Text(), nullable=False)


def replace_search_words(name: str, key: str, agreement: str) -> None:
    op.execute(
        rf"""
        CREATE OR REPLACE FUNCTION search_words(
            number text, customer_name text, customer_key text, application_name text, application_key text, state jsonb
        ) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN (
            SELECT array_to_tsvector(coalesce(array_agg(DISTINCT left(word, 100)), '{{}}'))
            FROM regexp_split_to_table(
                folded(
                    left(coalesce(number, ''), 100) || ' ' || left(customer_name, 1000) || ' '
                    || left(customer_key, 100) || ' ' || left({name}, 1000) || ' ' || left({key}, 100) || ' '
                    || left(coalesce({agreement}, ''), 100)
                ), '\s+'
            ) AS chunk,
                LATERAL (SELECT regexp_split_to_array(chunk, '[{BETWEEN_WORDS}]+') AS parts) AS chunks,
                generate_subscripts(parts, 1) AS n,
                LATERAL (SELECT array_to_string(parts[n:], '') AS rest) AS rests,
                unnest(ARRAY[rest, ltrim(rest, '0')]) AS word
            WHERE word <> ''
        )
        """  # noqa: S608 (no input)
    )


def downgrade() -> None:
    """Restore the columns. PostgreSQL refuses this while there is a partner invoice, which has no contract."""
    op.drop_column("invoices", "subject_key")
    for name in HOURS:
        op.alter_column("invoices", name, existing_type=sa.Numeric(10, 2), nullable=False)
    for name in OF_A_CONTRACT:
        op.alter_column("invoices", name, existing_type=sa.Text(), nullable=False)
    replace_search_words(*BEFORE)
