"""The matching of vendor bills: resources, matches, allocations, anomalies, rules of resale and exchange rates.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allocation_rules",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("tag", sa.Text(), nullable=True),
        sa.Column("tag_value", sa.Text(), nullable=True),
        sa.Column("resource", sa.Text(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("shares", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(provider, tag, resource, service, project) > 0", name=op.f("ck_allocation_rules_condition")
        ),
        sa.CheckConstraint("tag_value IS NULL OR tag IS NOT NULL", name=op.f("ck_allocation_rules_tag")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_allocation_rules_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation_rules")),
    )
    op.create_table(
        "cloud_resources",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_resource_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("size", sa.Text(), nullable=True),
        sa.Column("tags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("client", sa.Text(), nullable=True),
        sa.Column("contract", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("num_nonnulls(provider_resource_id, name) > 0", name=op.f("ck_cloud_resources_known_by")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_cloud_resources_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cloud_resources")),
    )
    op.create_index("ix_cloud_resources_provider", "cloud_resources", ["provider", "provider_resource_id"])
    op.create_table(
        "exchange_rates",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("from_currency", sa.Text(), nullable=False),
        sa.Column("to_currency", sa.Text(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=22, scale=10), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("rate > 0 AND units > 0", name=op.f("ck_exchange_rates_numbers")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_exchange_rates_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_rates")),
    )
    op.create_table(
        "resale_rules",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("margin_percent", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("minimum", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("margin_percent >= 0 AND minimum >= 0", name=op.f("ck_resale_rules_numbers")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_resale_rules_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resale_rules")),
    )
    op.create_index(op.f("ix_resale_rules_contract"), "resale_rules", ["contract"])
    op.create_table(
        "settled_matches",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("resource_key", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("settled_by", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(outcome = 'matched') = (resource IS NOT NULL)", name=op.f("ck_settled_matches_resource")),
        sa.CheckConstraint("outcome IN ('matched', 'shared', 'ignored')", name=op.f("ck_settled_matches_outcome")),
        sa.PrimaryKeyConstraint("provider", "resource_key", name=op.f("pk_settled_matches")),
    )
    op.create_table(
        "bill_anomalies",
        sa.Column("bill_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["bill_id"], ["vendor_bills.id"], name=op.f("fk_bill_anomalies_bill_id")),
        sa.PrimaryKeyConstraint("bill_id", "version", name=op.f("pk_bill_anomalies")),
    )
    op.create_table(
        "cost_allocation_runs",
        sa.Column("bill_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("allocated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["bill_id"], ["vendor_bills.id"], name=op.f("fk_cost_allocation_runs_bill_id")),
        sa.PrimaryKeyConstraint("bill_id", "version", name=op.f("pk_cost_allocation_runs")),
    )
    op.create_table(
        "cost_allocations",
        sa.Column("bill_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("target_kind", sa.Text(), nullable=False),
        sa.Column("target_key", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("rule_position", sa.Integer(), nullable=True),
        sa.Column("percent", sa.Numeric(precision=7, scale=4), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(target_kind = 'unallocated') = (target_key IS NULL)", name=op.f("ck_cost_allocations_target_key")
        ),
        sa.CheckConstraint(
            "target_kind IN ('contract', 'project', 'unallocated')", name=op.f("ck_cost_allocations_target_kind")
        ),
        sa.ForeignKeyConstraint(["bill_id"], ["vendor_bills.id"], name=op.f("fk_cost_allocations_bill_id")),
        sa.PrimaryKeyConstraint("bill_id", "version", "number", name=op.f("pk_cost_allocations")),
    )
    op.create_index("ix_cost_allocations_target", "cost_allocations", ["target_kind", "target_key"])
    op.create_table(
        "cost_matches",
        sa.Column("bill_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("resource_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("provider_resource_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("size", sa.Text(), nullable=True),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("candidates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("resource_contract", sa.Text(), nullable=True),
        sa.Column("resource_project", sa.Text(), nullable=True),
        sa.Column("resource_tags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("(outcome = 'matched') = (resource IS NOT NULL)", name=op.f("ck_cost_matches_resource")),
        sa.CheckConstraint(
            "outcome IN ('matched', 'shared', 'ignored', 'unmatched')", name=op.f("ck_cost_matches_outcome")
        ),
        sa.CheckConstraint("confidence BETWEEN 0 AND 100", name=op.f("ck_cost_matches_confidence")),
        sa.ForeignKeyConstraint(["bill_id"], ["vendor_bills.id"], name=op.f("fk_cost_matches_bill_id")),
        sa.PrimaryKeyConstraint("bill_id", "version", "resource_key", name=op.f("pk_cost_matches")),
    )
    op.create_index("ix_cost_matches_key", "cost_matches", ["resource_key"])
    op.create_index(
        "ix_cost_matches_unmatched",
        "cost_matches",
        ["bill_id", "version"],
        postgresql_where=sa.text("outcome = 'unmatched'"),
    )
    op.create_index(
        "ix_claimed_worklogs_cloud",
        "claimed_worklogs",
        ["worklog_id"],
        unique=False,
        postgresql_where=sa.text("worklog_id LIKE 'cloud:%'"),
    )


def downgrade() -> None:
    op.drop_index("ix_claimed_worklogs_cloud", table_name="claimed_worklogs")
    op.drop_index("ix_cost_matches_unmatched", table_name="cost_matches")
    op.drop_index("ix_cost_matches_key", table_name="cost_matches")
    op.drop_table("cost_matches")
    op.drop_index("ix_cost_allocations_target", table_name="cost_allocations")
    op.drop_table("cost_allocations")
    op.drop_table("cost_allocation_runs")
    op.drop_table("bill_anomalies")
    op.drop_table("settled_matches")
    op.drop_index(op.f("ix_resale_rules_contract"), table_name="resale_rules")
    op.drop_table("resale_rules")
    op.drop_table("exchange_rates")
    op.drop_index("ix_cloud_resources_provider", table_name="cloud_resources")
    op.drop_table("cloud_resources")
    op.drop_table("allocation_rules")
