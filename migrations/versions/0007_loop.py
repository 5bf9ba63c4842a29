"""Closing the loop: mails that were taken in, messages that were sent, what the calendar has told."""

import sqlalchemy as sa
from alembic import op

revision = "0007_loop"
down_revision = "0006_traffic"
branch_labels = None
depends_on = None

_COPY = (
    "INSERT INTO secrets (id, uid, address_id, number, url, kept_at)"
    " SELECT id, uid, address_id, number, url, kept_at FROM secrets_before ORDER BY id"
)


def upgrade() -> None:
    """Move the schema forward."""
    _rebuild_secrets([sa.Column("mail_uid", sa.Text(), nullable=True)])
    op.create_table(
        "mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=True),
        sa.Column("list_key", sa.Text(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("trust", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=True),
        sa.Column("kept_at", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('link', 'decision', 'receipt', 'other')", name=op.f("ck_mails_kind")),
        sa.CheckConstraint("trust IN ('genuine', 'unverified', 'rejected')", name=op.f("ck_mails_trust")),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_mails_address_id")),
        sa.ForeignKeyConstraint(["number"], ["requests.number"], name=op.f("fk_mails_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("message_key", name=op.f("uq_mails_message_key")),
        sa.UniqueConstraint("uid", name=op.f("uq_mails_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_mails_address_id", "mails", ["address_id"])
    op.create_index("ix_mails_number", "mails", ["number"])
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('sending', 'sent', 'failed', 'unsure')", name=op.f("ck_notices_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("uid", name=op.f("uq_notices_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_notices_state", "notices", ["state"])
    op.create_table(
        "told",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=True),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_told_address_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_told_notice_id")),
        sa.PrimaryKeyConstraint("notice_id", "key", name=op.f("pk_told")),
        sqlite_strict=True,
    )
    op.create_index("ix_told_address_id", "told", ["address_id"])
    op.create_index(
        "ix_told_recipient_key", "told", ["recipient", "key"], unique=True, sqlite_where=sa.text("held = 1")
    )
    op.create_table(
        "calendar",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("is_cancelled", sa.Integer(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_calendar_address_id")),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_calendar")),
        sqlite_strict=True,
    )
    op.create_index("ix_calendar_address_id", "calendar", ["address_id"])


def downgrade() -> None:
    """Move it back; the links stay, and the history keeps what mails said."""
    for table in ("calendar", "told", "notices", "mails"):
        op.drop_table(table)
    _rebuild_secrets([])


def _rebuild_secrets(added: list[sa.Column[str]]) -> None:
    """Build the table anew with or without the mail that brought a link; no table and no trigger points to it."""
    op.drop_index("ix_secrets_number", "secrets")
    op.rename_table("secrets", "secrets_before")
    op.create_table(
        "secrets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.Text(), nullable=False),
        *added,
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_secrets_address_id")),
        sa.ForeignKeyConstraint(["number"], ["requests.number"], name=op.f("fk_secrets_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secrets")),
        sa.UniqueConstraint("uid", name=op.f("uq_secrets_uid")),
        sqlite_strict=True,
    )
    op.execute(_COPY)
    op.drop_table("secrets_before")
    op.create_index("ix_secrets_number", "secrets", ["number"])
