"""The feed of recorded events, and how far each consumer has read it. It begins with the events recorded from now on.

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
    op.drop_table("event_cursors")
    op.drop_table("event_feed")
