"""Amounts of invoices get four decimals, because some currencies have three or four.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

AMOUNTS = {
    "invoices": ("base_amount", "overtime_amount", "total_amount", "paid_amount", "balance"),
    "open_balances": ("balance",),
}


def upgrade() -> None:
    _change_types("numeric(20, 4)")


def downgrade() -> None:
    """Round the amounts of currencies with more than two decimals."""
    _change_types("numeric(18, 2)")


def _change_types(kind: str) -> None:
    """Change all columns of a table in one statement, because PostgreSQL writes the table anew."""
    for table, columns in AMOUNTS.items():
        op.execute(f"ALTER TABLE {table} {', '.join(f'ALTER COLUMN {each} TYPE {kind}' for each in columns)}")
