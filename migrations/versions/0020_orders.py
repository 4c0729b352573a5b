"""Orders: the orders, their logs, the invoices that hold them, the receipts of invoices' commands, and attachments.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KEY = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("order_key", KEY, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_version", sa.Integer(), nullable=False),
        sa.Column("partner_key", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Text(), nullable=False),
        sa.Column("order_type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_blocked", sa.Boolean(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=True),
        sa.Column("completed_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("order_key", name=op.f("pk_orders")),
    )
    op.create_index("ix_orders_created", "orders", ["created_at", "order_key"])
    op.create_index("ix_orders_partner", "orders", ["partner_key", "status", "completed_at", "order_key"])
    op.create_index("ix_orders_service_id", "orders", ["service_id"])
    op.create_index("ix_orders_invoice", "orders", ["invoice_id"], postgresql_where=sa.text("invoice_id IS NOT NULL"))
    op.create_index(
        "ix_orders_ready",
        "orders",
        ["partner_key", "order_key"],
        postgresql_where=sa.text("status = 'ReadyForInvoice' AND invoice_id IS NULL"),
    )
    op.create_table(
        "order_events",
        sa.Column("order_key", KEY, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("event", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["order_key"], ["orders.order_key"], name=op.f("fk_order_events_order_key")),
        sa.PrimaryKeyConstraint("order_key", "seq", name=op.f("pk_order_events")),
    )
    for name, what in (("rows", "UPDATE OR DELETE"), ("table", "TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER order_events_{name} BEFORE {what} ON order_events "
            f"FOR EACH {'ROW' if name == 'rows' else 'STATEMENT'} EXECUTE FUNCTION refuse_rewriting()"
        )
    op.create_table(
        "order_claims",
        sa.Column("order_key", KEY, nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=False),
        sa.Column("released_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["order_key"], ["orders.order_key"], name=op.f("fk_order_claims_order_key")),
        sa.PrimaryKeyConstraint("order_key", "invoice_id", name=op.f("pk_order_claims")),
    )
    op.create_index(
        "ux_order_claims_live",
        "order_claims",
        ["order_key"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_index("ix_order_claims_invoice", "order_claims", ["invoice_id"])
    op.create_table(
        "order_effects",
        sa.Column("effect_key", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("receipt", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("effect_key", name=op.f("pk_order_effects")),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("owner_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index("ux_attachments_file", "attachments", ["owner_kind", "owner_key", "sha256"], unique=True)


def downgrade() -> None:
    for table in ("attachments", "order_effects", "order_claims", "order_events", "orders"):
        op.drop_table(table)
