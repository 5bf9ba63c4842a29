"""The case file: addresses, cases, requests with their history, listings, drafts, secrets."""

import sqlalchemy as sa
from alembic import op

revision = "0001_case_file"
down_revision = None
branch_labels = None
depends_on = None

# Stamps the file as ours ("dlst").
APPLICATION_ID = 0x646C7374

_APPEND_ONLY = ("events", "texts")
_REFUSE_CHANGE = (
    "CREATE TRIGGER {table}_are_kept BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END"
)
# What `address forget` destroys stands in `forgetting` for the length of its transaction.
_REFUSE_DELETE_EVENT = (
    "CREATE TRIGGER events_stay BEFORE DELETE ON events"
    " WHEN OLD.address_id NOT IN (SELECT address_id FROM forgetting)"
    " BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
)
_REFUSE_DELETE_TEXT = (
    "CREATE TRIGGER texts_stay BEFORE DELETE ON texts"
    " WHEN (SELECT c.address_id FROM requests r JOIN cases c ON c.id = r.case_id WHERE r.number = OLD.number)"
    " NOT IN (SELECT address_id FROM forgetting)"
    " BEGIN SELECT RAISE(ABORT, 'texts are append-only'); END"
)

_CHILDREN_FIRST = (
    *("texts", "secrets", "observations", "events", "sightings", "requests", "listings", "drafts"),
    *("cases", "tombstones", "meta", "forgetting", "addresses"),
)


def upgrade() -> None:
    """Move the schema forward."""
    op.create_table(
        "addresses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sort", sa.LargeBinary(), nullable=False),
        sa.Column("net", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("added_at", sa.Text(), nullable=False),
        sa.Column("retired_on", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
        sa.UniqueConstraint("address", name=op.f("uq_addresses_address")),
        sa.UniqueConstraint("uid", name=op.f("uq_addresses_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_addresses_net", "addresses", ["net"], unique=False)
    op.create_index("ix_addresses_site", "addresses", ["site"], unique=False)

    op.create_table(
        "forgetting",
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("address_id", name=op.f("pk_forgetting")),
        sqlite_strict=True,
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
        sqlite_strict=True,
    )
    op.create_table(
        "tombstones",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("forgotten_at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstones")),
        sa.UniqueConstraint("uid", name=op.f("uq_tombstones_uid")),
        sqlite_strict=True,
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("list_key", sa.Text(), nullable=False),
        sa.Column("next_at", sa.Text(), nullable=True),
        sa.Column("marks", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_cases_address_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("address_id", "list_key", name=op.f("uq_cases_address_id_list_key")),
        sqlite_strict=True,
    )
    op.create_index("ix_cases_list_key", "cases", ["list_key"], unique=False)
    op.create_index("ix_cases_next_at", "cases", ["next_at"], unique=False, sqlite_where=sa.text("next_at IS NOT NULL"))

    op.create_table(
        "drafts",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_email", sa.Text(), nullable=True),
        sa.Column("written_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_drafts_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_drafts")),
        sqlite_strict=True,
    )
    op.create_table(
        "listings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("started_on", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=True),
        sa.Column("last_on", sa.Text(), nullable=False),
        sa.Column("last_at", sa.Text(), nullable=True),
        sa.Column("ended_on", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("undone", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_listings_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listings")),
        sa.UniqueConstraint("uid", name=op.f("uq_listings_uid")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_listings_case_id"), "listings", ["case_id"], unique=False)
    op.create_index(
        "ix_listings_open", "listings", ["case_id"], sqlite_where=sa.text("ended_on IS NULL AND undone = 0")
    )

    op.create_table(
        "requests",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("submitted_on", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.Text(), nullable=True),
        sa.Column("asked_on", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=True),
        sa.Column("confirmed_on", sa.Text(), nullable=True),
        sa.Column("confirmed_at", sa.Text(), nullable=True),
        sa.Column("cleared_on", sa.Text(), nullable=True),
        sa.Column("cleared_at", sa.Text(), nullable=True),
        sa.Column("refused_on", sa.Text(), nullable=True),
        sa.Column("refused_at", sa.Text(), nullable=True),
        sa.Column("relisted_on", sa.Text(), nullable=True),
        sa.Column("relisted_at", sa.Text(), nullable=True),
        sa.Column("withdrawn_on", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_email", sa.Text(), nullable=True),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("marks", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('submitted', 'confirmed', 'cleared', 'refused', 'relisted', 'withdrawn', 'undone')",
            name=op.f("ck_requests_state"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_requests_case_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_requests")),
        sa.UniqueConstraint("uid", name=op.f("uq_requests_uid")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_requests_case_id"), "requests", ["case_id"], unique=False)
    op.create_index(
        "ix_requests_open", "requests", ["case_id"], sqlite_where=sa.text("state IN ('submitted', 'confirmed')")
    )

    op.create_table(
        "sightings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("seen_on", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("event_uid", sa.Text(), nullable=True),
        sa.Column("undone", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("verdict IN ('listed', 'clear')", name=op.f("ck_sightings_verdict")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_sightings_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sightings")),
        sa.UniqueConstraint("uid", name=op.f("uq_sightings_uid")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_sightings_case_id"), "sightings", ["case_id"], unique=False)
    op.create_index(op.f("ix_sightings_event_uid"), "sightings", ["event_uid"], unique=False)

    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_events_address_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_events_case_id")),
        sa.ForeignKeyConstraint(["number"], ["requests.number"], name=op.f("fk_events_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("uid", name=op.f("uq_events_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_events_address_id", "events", ["address_id"], unique=False, sqlite_where=sa.text("case_id IS NULL")
    )
    op.create_index("ix_events_case_id", "events", ["case_id"], unique=False, sqlite_where=sa.text("number IS NULL"))
    op.create_index("ix_events_number", "events", ["number"], unique=False)

    op.create_table(
        "observations",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("list_key", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_observations_address_id")),
        sa.ForeignKeyConstraint(["number"], ["requests.number"], name=op.f("fk_observations_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_observations")),
        sqlite_strict=True,
    )
    op.create_index("ix_observations_address_id", "observations", ["address_id"], unique=False)
    op.create_index("ix_observations_list_key_days", "observations", ["list_key", "days"], unique=False)

    op.create_table(
        "secrets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_secrets_address_id")),
        sa.ForeignKeyConstraint(["number"], ["requests.number"], name=op.f("fk_secrets_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secrets")),
        sa.UniqueConstraint("uid", name=op.f("uq_secrets_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_secrets_number", "secrets", ["number"], unique=False)

    op.create_table(
        "texts",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["requests.number"], name=op.f("fk_texts_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_texts")),
        sqlite_strict=True,
    )
    for table in _APPEND_ONLY:
        op.execute(_REFUSE_CHANGE.format(table=table))
    op.execute(_REFUSE_DELETE_EVENT)
    op.execute(_REFUSE_DELETE_TEXT)
    op.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def downgrade() -> None:
    """Move it back."""
    op.execute("PRAGMA application_id = 0")
    for table in _CHILDREN_FIRST:
        op.drop_table(table)
