"""Settings that are edited by the API: project labels, a note for each exclusion, and the history of all changes.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("employee_exclusions", sa.Column("note", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "project_classifications",
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("classification", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "classification IN ('billable', 'internal', 'overhead')",
            name=op.f("ck_project_classifications_classification"),
        ),
        sa.PrimaryKeyConstraint("label", name=op.f("pk_project_classifications")),
    )
    op.create_table(
        "settings_history",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings_history")),
    )
    op.create_index(op.f("ix_settings_history_area_key_id"), "settings_history", ["area", "key", "id"], unique=False)
    refuse_rewriting()


def refuse_rewriting() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'restrict_violation', HINT = 'Change the setting; that adds an entry.';
        END
        $$
        """
    )
    for name, what in (("rows", "UPDATE OR DELETE"), ("table", "TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER settings_history_{name} BEFORE {what} ON settings_history "
            f"FOR EACH {'ROW' if name == 'rows' else 'STATEMENT'} EXECUTE FUNCTION refuse_rewriting()"
        )


def downgrade() -> None:
    op.drop_table("settings_history")
    op.execute("DROP FUNCTION refuse_rewriting()")
    op.drop_table("project_classifications")
    op.drop_column("employee_exclusions", "note")
