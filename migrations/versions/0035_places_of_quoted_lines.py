"""The printed numbers of the lines of a quote, so that invoices can name them.

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    places = sa.Column("places", JSONB(), server_default=sa.text("'{}'"), nullable=False)
    op.add_column("quoted_terms", places)


def downgrade() -> None:
    op.drop_column("quoted_terms", "places")
