"""How the deliveries of a host's mail log ended, stretch by stretch."""

import sqlalchemy as sa
from alembic import op

revision = "0006_traffic"
down_revision = "0005_claims"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the schema forward."""
    op.create_table(
        "traffic",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("first_at", sa.Text(), nullable=False),
        sa.Column("last_at", sa.Text(), nullable=False),
        sa.Column("is_new", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("deferred", sa.Integer(), nullable=False),
        sa.Column("bounced", sa.Integer(), nullable=False),
        sa.Column("scan", sa.Text(), nullable=False),
        sa.Column("scanned_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("host", "log", "first_at", "last_at", "is_new", name=op.f("pk_traffic")),
        sqlite_strict=True,
    )
    op.create_index("ix_traffic_last_at", "traffic", ["last_at"])


def downgrade() -> None:
    """Move it back; another scan counts again what the logs still have."""
    op.drop_table("traffic")
