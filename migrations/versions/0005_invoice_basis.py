"""What an invoice is made from may be a partner's orders: the contract's columns become nullable, `subject_key` is added.

The agreement's number moves inside the state from `content` into `content.basis`. The search reads it at both places, as
rows that were written before keep the state that they have.

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
# As in migration 0003: what stands between the parts of a key or a number.
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
    """Refused by PostgreSQL while there is a partner invoice, which has no contract to name."""
    op.drop_column("invoices", "subject_key")
    for name in HOURS:
        op.alter_column("invoices", name, existing_type=sa.Numeric(10, 2), nullable=False)
    for name in OF_A_CONTRACT:
        op.alter_column("invoices", name, existing_type=sa.Text(), nullable=False)
    replace_search_words(*BEFORE)
