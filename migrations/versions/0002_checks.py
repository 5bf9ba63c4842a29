"""What checking needs: sightings that may be seen again, looks that wait for a second, runs, and what was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0002_checks"
down_revision = "0001_case_file"
branch_labels = None
depends_on = None

_COPY = (
    "INSERT INTO sightings (id, uid, case_id, verdict, seen_on, seen_at, source, code, reason, event_uid, undone)"
    " SELECT id, uid, case_id, verdict, seen_on, seen_at, source, code, reason, event_uid, undone"
    " FROM sightings_before ORDER BY id"
)


def upgrade() -> None:
    """Move the schema forward."""
    _rebuild_sightings(
        seen=[sa.Column("last_on", sa.Text(), nullable=True), sa.Column("last_at", sa.Text(), nullable=True)],
        said=[sa.Column("answer", sa.Text(), nullable=True), sa.Column("nameserver", sa.Text(), nullable=True)],
    )
    op.create_table(
        "looks",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("list_key", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("looked_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.Column("nameserver", sa.Text(), nullable=True),
        sa.CheckConstraint("verdict IN ('listed', 'clear')", name=op.f("ck_looks_verdict")),
        sa.PrimaryKeyConstraint("address", "list_key", name=op.f("pk_looks")),
        sqlite_strict=True,
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("uid", name=op.f("uq_runs_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_runs_kind_digest", "runs", ["kind", "digest"])
    op.create_table(
        "asked",
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Text(), nullable=False),
        sa.Column("queries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("zone", "on_day", name=op.f("pk_asked")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Move it back; that a sighting was seen again, and the answers, are lost."""
    for table in ("asked", "runs", "looks"):
        op.drop_table(table)
    _rebuild_sightings(seen=[], said=[])


def _rebuild_sightings(seen: list[sa.Column[str]], said: list[sa.Column[str]]) -> None:
    """Build the table anew with other columns beside those that are kept; no table and no trigger points to it."""
    for index in ("ix_sightings_case_id", "ix_sightings_event_uid"):
        op.drop_index(index, "sightings")
    op.rename_table("sightings", "sightings_before")
    op.create_table(
        "sightings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("seen_on", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=True),
        *seen,
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        *said,
        sa.Column("event_uid", sa.Text(), nullable=True),
        sa.Column("undone", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("verdict IN ('listed', 'clear')", name=op.f("ck_sightings_verdict")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_sightings_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sightings")),
        sa.UniqueConstraint("uid", name=op.f("uq_sightings_uid")),
        sqlite_strict=True,
    )
    op.execute(_COPY)
    op.drop_table("sightings_before")
    op.create_index("ix_sightings_case_id", "sightings", ["case_id"], unique=False)
    op.create_index("ix_sightings_event_uid", "sightings", ["event_uid"], unique=False)
