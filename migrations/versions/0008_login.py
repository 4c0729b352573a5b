"""Failed logins, shared by all API processes; names that are unique without regard to case; the epoch of a session; API keys.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    refuse_names_that_differ_in_case()
    op.create_index("ux_users_lower_username", "users", [sa.text("lower(username)")], unique=True)
    op.add_column("users", sa.Column("session_epoch", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_table(
        "login_failures",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("forgiven_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_failures")),
    )
    op.create_index(op.f("ix_login_failures_forgiven_at"), "login_failures", ["forgiven_at"], unique=False)
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.username"], name=op.f("fk_api_keys_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_index("ux_api_keys_hash", "api_keys", ["key_hash"], unique=True)
    op.create_index(
        "ux_api_keys_lower_name",
        "api_keys",
        [sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def refuse_names_that_differ_in_case() -> None:
    """Raise CommandError, before anything is changed, when two users have one name."""
    query = (
        "SELECT string_agg(username, ', ' ORDER BY username) FROM users GROUP BY lower(username) HAVING count(*) > 1"
    )
    groups = op.get_bind().scalars(sa.text(query)).all()
    if groups:
        raise CommandError(
            "User names must differ in more than upper and lower case. These belong to one name: "
            f"{'; '.join(sorted(groups))}. Rename all but one of each in the table users and migrate again; "
            "docs/operations.md has an example."
        )


def downgrade() -> None:
    op.drop_table("api_keys")
    op.drop_column("users", "session_epoch")
    op.drop_index("ux_users_lower_username", table_name="users")
    op.drop_table("login_failures")
