"""Partners: their groups and settings, the rate card, and the rates of installers.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "partner_groups",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_partner_groups")),
    )
    create_partners()
    op.create_table(
        "rate_card_rows",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=True),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("tax_code", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=False),
        *priced_work(),
        sa.CheckConstraint('num_nonnulls(partner, "group") <= 1', name=op.f("ck_rate_card_rows_owner")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_rate_card_rows_valid")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_rate_card_rows_amount")),
        sa.ForeignKeyConstraint(["partner"], ["partners.key"], name=op.f("fk_rate_card_rows_partner")),
        sa.ForeignKeyConstraint(["group"], ["partner_groups.key"], name=op.f("fk_rate_card_rows_group")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_card_rows")),
    )
    op.create_index(op.f("ix_rate_card_rows_partner"), "rate_card_rows", ["partner"])
    op.create_index(op.f("ix_rate_card_rows_group"), "rate_card_rows", ["group"])
    op.create_table(
        "installer_rates",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("installer", sa.Text(), nullable=True),
        sa.Column("installer_type", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        *priced_work(),
        sa.CheckConstraint("num_nonnulls(installer, installer_type) = 1", name=op.f("ck_installer_rates_owner")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_installer_rates_valid")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_installer_rates_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installer_rates")),
    )


def create_partners() -> None:
    op.create_table(
        "partners",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("billing_address", sa.Text(), nullable=False),
        sa.Column("contacts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("portal_url", sa.Text(), nullable=False),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        sa.Column("reminder_days", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("order_types", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("requires_ttkt", sa.Boolean(), nullable=False),
        sa.Column("requires_awo", sa.Boolean(), nullable=False),
        sa.Column("invoice_format", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        sa.Column("needs_submission_id", sa.Boolean(), nullable=False),
        sa.Column("standby_port_needs_approval", sa.Boolean(), nullable=False),
        sa.Column("splitter_needed_at_docket", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("tax_registration", sa.Text(), nullable=False),
        sa.Column("tax_code", sa.Text(), nullable=True),
        sa.Column("payment_instructions", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("footer_note", sa.Text(), nullable=False),
        sa.Column("recognise_revenue_in_planfact", sa.Boolean(), nullable=False),
        sa.CheckConstraint("payment_days BETWEEN 0 AND 365", name=op.f("ck_partners_payment_days")),
        sa.ForeignKeyConstraint(["group"], ["partner_groups.key"], name=op.f("fk_partners_group")),
        sa.ForeignKeyConstraint(["series"], ["number_series.name"], name=op.f("fk_partners_series")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_partners")),
    )
    op.create_index(op.f("ix_partners_group"), "partners", ["group"])


def priced_work() -> list[sa.Column[object]]:
    """Return the columns that both tables of rates have."""
    return [
        sa.Column("order_type", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(20, 4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
    ]


def downgrade() -> None:
    op.drop_table("installer_rates")
    op.drop_table("rate_card_rows")
    op.drop_table("partners")
    op.drop_table("partner_groups")
