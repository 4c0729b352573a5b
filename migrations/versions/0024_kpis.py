"""KPI targets and rules, installers, and the bonus and penalty of an installer rate.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kpi_targets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=True),
        sa.Column("order_type", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        *dated(),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_kpi_targets_minutes")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_kpi_targets_valid")),
        sa.ForeignKeyConstraint(["partner"], ["partners.key"], name=op.f("fk_kpi_targets_partner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_targets")),
    )
    op.create_index(op.f("ix_kpi_targets_partner"), "kpi_targets", ["partner"])
    op.create_table(
        "kpi_rules",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("order_type", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("on_time_bonus", sa.Numeric(20, 4), nullable=False),
        sa.Column("late_penalty", sa.Numeric(20, 4), nullable=False),
        sa.Column("exceeded_penalty", sa.Numeric(20, 4), nullable=False),
        *dated(),
        sa.CheckConstraint(
            "least(on_time_bonus, late_penalty, exceeded_penalty) >= 0", name=op.f("ck_kpi_rules_numbers")
        ),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_kpi_rules_valid")),
        sa.ForeignKeyConstraint(["partner"], ["partners.key"], name=op.f("fk_kpi_rules_partner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_rules")),
    )
    op.create_index(op.f("ix_kpi_rules_partner"), "kpi_rules", ["partner"])
    op.create_table(
        "installers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("installer", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("installer_type", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        *dated(),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_installers_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installers")),
    )
    for name in ("on_time_bonus", "late_penalty"):
        op.add_column("installer_rates", sa.Column(name, sa.Numeric(20, 4), nullable=False, server_default="0"))
    op.create_check_constraint(
        op.f("ck_installer_rates_adjustments"),
        "installer_rates",
        "on_time_bonus >= 0 AND late_penalty BETWEEN 0 AND amount",
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
    op.drop_constraint(op.f("ck_installer_rates_adjustments"), "installer_rates")
    for name in ("late_penalty", "on_time_bonus"):
        op.drop_column("installer_rates", name)
    op.drop_table("installers")
    op.drop_table("kpi_rules")
    op.drop_table("kpi_targets")
