"""The table of claimed worklogs: a worklog stands on one live invoice of a contract.

Existing live invoices claim the worklogs of their content, the oldest invoice first: where two of them bill the same
worklog already, it stays with the older one, and the younger one is changed only by a person.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# The worklogs of the basis and of the lines, in today's shape and in the flat shape of the releases before 0005.
CLAIM_EXISTING = """
    INSERT INTO claimed_worklogs (application_key, worklog_id, invoice_id, revision)
    SELECT invoices.application_key, worklogs.id, invoices.id, invoices.revision
    FROM invoices, LATERAL (
        SELECT of_basis ->> 'key' AS id
        FROM jsonb_path_query(state, 'lax $.content.basis.worklogs.keyvalue()') AS of_basis
        UNION
        SELECT of_content ->> 'key'
        FROM jsonb_path_query(state, 'lax $.content.worklogs.keyvalue()') AS of_content
        UNION
        SELECT of_source #>> '{}'
        FROM jsonb_path_query(state, 'lax $.content.lines[*].source.worklogs[*]') AS of_source
        UNION
        SELECT of_line #>> '{}'
        FROM jsonb_path_query(state, 'lax $.content.lines[*].worklogs[*]') AS of_line
    ) AS worklogs
    WHERE kind = 'service' AND status NOT IN ('void', 'discarded')
    ORDER BY invoices.created_at, invoices.id, worklogs.id
    ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    op.create_table(
        "claimed_worklogs",
        sa.Column("application_key", sa.Text(), nullable=False),
        sa.Column("worklog_id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_claimed_worklogs_invoice_id")),
        sa.PrimaryKeyConstraint("application_key", "worklog_id", name=op.f("pk_claimed_worklogs")),
    )
    op.create_index(op.f("ix_claimed_worklogs_invoice_id"), "claimed_worklogs", ["invoice_id"])
    op.execute(CLAIM_EXISTING)


def downgrade() -> None:
    op.drop_table("claimed_worklogs")
