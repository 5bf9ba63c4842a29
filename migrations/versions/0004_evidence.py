"""What was measured of addresses: the latest of each claim, and since when it has been so."""

import sqlalchemy as sa
from alembic import op

revision = "0004_evidence"
down_revision = "0003_scans"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the schema forward."""
    op.create_table(
        "evidence",
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("mend", sa.Text(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("nameserver", sa.Text(), nullable=True),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("measured_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_evidence_address_id")),
        sa.PrimaryKeyConstraint("address_id", "claim", name=op.f("pk_evidence")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Move it back; what was measured stays in the history, and is measured again when it is wanted."""
    op.drop_table("evidence")
