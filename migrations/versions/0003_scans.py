"""What scanning logs needs: how far each was read, who sends from where, and refusals that wait for a second one."""

import sqlalchemy as sa
from alembic import op

revision = "0003_scans"
down_revision = "0002_checks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the schema forward."""
    op.create_table(
        "cursors",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("host", "log", "purpose", name=op.f("pk_cursors")),
        sqlite_strict=True,
    )
    op.create_table(
        "instances",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("host", "instance", name=op.f("pk_instances")),
        sqlite_strict=True,
    )
    op.create_table(
        "refused_once",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("list_key", sa.Text(), nullable=False),
        sa.Column("refused_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("address", "list_key", name=op.f("pk_refused_once")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Move it back; how far logs were read is lost, and the next reading begins anew."""
    op.drop_table("refused_once")
    op.drop_table("instances")
    op.drop_table("cursors")
