"""An index on the keys of archived files, by which the archive sweep looks up what it finds in the bucket.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_external_effects_archived",
        "external_effects",
        ["vendor_id"],
        postgresql_where=sa.text("effect IN ('archive', 'archive_keep')"),
    )


def downgrade() -> None:
    op.drop_index("ix_external_effects_archived", "external_effects")
