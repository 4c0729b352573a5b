"""The feed of recorded events, the cursors of its consumers, and the webhooks. It begins with the events from now on.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "event_feed",
        sa.Column("entry", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("recorded_at", moment, server_default=sa.func.now(), nullable=False),
    )
    op.create_index("ux_event_feed_position", "event_feed", ["position"], unique=True)
    op.create_index("ix_event_feed_unpublished", "event_feed", ["entry"], postgresql_where=sa.text("position IS NULL"))
    op.create_index("ix_event_feed_recorded_at_entry", "event_feed", ["recorded_at", "entry"])
    op.create_table(
        "event_cursors",
        sa.Column("consumer", sa.Text(), primary_key=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", moment, nullable=False),
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("event_types", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("failing_since", moment, nullable=True),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_secret_until", moment, nullable=True),
        sa.Column("after_entry", sa.BigInteger(), nullable=False),
        sa.Column("replay_since", moment, nullable=True),
        sa.Column("replay_after", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", moment, server_default=sa.func.now(), nullable=False),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column(
            "endpoint_id",
            sa.Text(),
            sa.ForeignKey("webhook_endpoints.id", name="fk_webhook_deliveries_endpoint_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("requested_at", moment, server_default=sa.text("now()"), nullable=True),
        sa.Column("woken_at", moment, nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts_before", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_attempt_at", moment, nullable=True),
        sa.Column("next_attempt_at", moment, nullable=True),
        sa.Column("delivered_at", moment, nullable=True),
        sa.Column("created_at", moment, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'failed')", name=op.f("ck_webhook_deliveries_state")),
    )
    table = "webhook_deliveries"
    op.create_index("ux_webhook_deliveries_event", table, ["endpoint_id", "event_id"], unique=True)
    op.create_index(
        "ix_webhook_deliveries_pending",
        table,
        ["endpoint_id", "invoice_id", "position", "id"],
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_webhook_deliveries_requested", table, ["id"], postgresql_where=sa.text("requested_at IS NOT NULL")
    )
    op.create_index("ix_webhook_deliveries_woken", table, ["woken_at"], postgresql_where=sa.text("state = 'pending'"))
    op.create_index("ix_webhook_deliveries_endpoint_id_id", table, ["endpoint_id", "id"])
    # A trigger, so that workers of the release before feed their events too.
    op.execute(
        """
        CREATE FUNCTION feed_event() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO event_feed (invoice_id, seq) VALUES (NEW.invoice_id, NEW.seq);
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER invoice_events_feed AFTER INSERT ON invoice_events FOR EACH ROW EXECUTE FUNCTION feed_event()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER invoice_events_feed ON invoice_events")
    op.execute("DROP FUNCTION feed_event()")
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_endpoints")
    op.drop_table("event_cursors")
    op.drop_table("event_feed")
