"""Cost rates, overhead rules, who sees costs, and saved calculations.

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calculations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scenarios", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("results", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calculations")),
    )
    op.create_index(op.f("ix_calculations_created_at_id"), "calculations", ["created_at", "id"])
    op.create_table(
        "cost_access",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("least_role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_access")),
    )
    op.create_table(
        "cost_rates",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("gross", sa.Numeric(20, 4), nullable=False),
        sa.Column("taxes_percent", sa.Numeric(6, 2), nullable=False),
        sa.Column("taxes_amount", sa.Numeric(20, 4), nullable=False),
        sa.Column("benefits_percent", sa.Numeric(6, 2), nullable=False),
        sa.Column("benefits_amount", sa.Numeric(20, 4), nullable=False),
        sa.Column("hours_per_month", sa.Numeric(10, 2), nullable=False),
        sa.Column("utilisation_percent", sa.Numeric(6, 2), nullable=False),
        *dated(),
        sa.CheckConstraint("hours_per_month > 0 AND utilisation_percent > 0", name=op.f("ck_cost_rates_hours")),
        sa.CheckConstraint(
            "least(gross, taxes_percent, taxes_amount, benefits_percent, benefits_amount) >= 0",
            name=op.f("ck_cost_rates_costs"),
        ),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_cost_rates_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_rates")),
    )
    op.create_table(
        "overhead_rules",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("percent", sa.Numeric(6, 2), nullable=True),
        sa.Column("amount", sa.Numeric(20, 4), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("billable_hours", sa.Numeric(10, 2), nullable=True),
        *dated(),
        sa.CheckConstraint("percent > 0 OR amount > 0", name=op.f("ck_overhead_rules_numbers")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_overhead_rules_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overhead_rules")),
    )


def dated() -> list[sa.Column[object]]:
    """Return the columns that all dated settings have."""
    return [
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
    ]


def downgrade() -> None:
    op.drop_table("overhead_rules")
    op.drop_table("cost_rates")
    op.drop_table("cost_access")
    op.drop_table("calculations")
