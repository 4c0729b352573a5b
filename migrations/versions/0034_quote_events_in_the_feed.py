"""Events of quotes are in the feed too. They begin with the events from now on.

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("event_feed", sa.Column("quote_id", sa.Text(), nullable=True))
    op.alter_column("event_feed", "invoice_id", nullable=True)
    op.create_check_constraint(op.f("ck_event_feed_subject"), "event_feed", "num_nonnulls(invoice_id, quote_id) = 1")
    # A trigger, so that workers of the release before feed their events too.
    op.execute(
        """
        CREATE FUNCTION feed_quote_event() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO event_feed (quote_id, seq) VALUES (NEW.quote_id, NEW.seq);
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER quote_events_feed AFTER INSERT ON quote_events FOR EACH ROW EXECUTE FUNCTION feed_quote_event()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER quote_events_feed ON quote_events")
    op.execute("DROP FUNCTION feed_quote_event()")
    op.execute("DELETE FROM event_feed WHERE quote_id IS NOT NULL")
    op.drop_constraint(op.f("ck_event_feed_subject"), "event_feed", type_="check")
    op.alter_column("event_feed", "invoice_id", nullable=False)
    op.drop_column("event_feed", "quote_id")
