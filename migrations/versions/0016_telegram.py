"""Notices to Telegram: what is told, the messages that tell it, and what is known of the chats.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "telegram_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("markup", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", moment, server_default=sa.func.now(), nullable=False),
        sa.Column("tried_at", moment, nullable=True),
        sa.CheckConstraint("state IN ('pending', 'done', 'unknown', 'failed', 'skipped')", name="state"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(
        "ix_telegram_messages_pending",
        "telegram_messages",
        ["chat", "id"],
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_telegram_messages_created_at", "telegram_messages", ["created_at"])
    op.create_table(
        "telegram_notices",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("notice", JSONB(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), sa.ForeignKey("telegram_messages.id"), nullable=True),
        sa.Column("created_at", moment, server_default=sa.func.now(), nullable=False),
    )
    op.create_index("ix_telegram_notices_message_id", "telegram_notices", ["message_id"])
    op.create_index(
        "ix_telegram_notices_waiting",
        "telegram_notices",
        ["chat", "created_at"],
        postgresql_where=sa.text("message_id IS NULL"),
    )
    op.create_table(
        "telegram_chats",
        sa.Column("chat", sa.Text(), primary_key=True),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("closed_at", moment, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
    )
    op.create_index(
        "ix_invoice_events_payments", "invoice_events", ["at"], postgresql_where=sa.text("action = 'record_payment'")
    )


def downgrade() -> None:
    op.drop_index("ix_invoice_events_payments", "invoice_events")
    for table in ("telegram_chats", "telegram_notices", "telegram_messages"):
        op.drop_table(table)
