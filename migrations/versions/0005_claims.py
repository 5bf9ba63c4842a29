"""What a draft states: its claims, and the measurements on which they stand."""

import sqlalchemy as sa
from alembic import op

revision = "0005_claims"
down_revision = "0004_evidence"
branch_labels = None
depends_on = None

_COPY = (
    "INSERT INTO drafts (case_id, text, template, contact_name, contact_email, written_at)"
    " SELECT case_id, text, template, contact_name, contact_email, written_at FROM drafts_before ORDER BY case_id"
)


def upgrade() -> None:
    """Move the schema forward."""
    _rebuild([sa.Column("claims", sa.Text(), nullable=True)])


def downgrade() -> None:
    """Move it back; the drafts stay, without what their claims stood on."""
    _rebuild([])


def _rebuild(claims: list[sa.Column[str]]) -> None:
    """Build the table anew with or without the claims; no table and no trigger points to it."""
    op.rename_table("drafts", "drafts_before")
    op.create_table(
        "drafts",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_email", sa.Text(), nullable=True),
        sa.Column("written_at", sa.Text(), nullable=False),
        *claims,
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_drafts_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_drafts")),
        sqlite_strict=True,
    )
    op.execute(_COPY)
    op.drop_table("drafts_before")
