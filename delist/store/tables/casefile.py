"""The case file: addresses, cases, requests with their history, what was seen, drafts, links."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Text, UniqueConstraint, text

from delist.store.tables.types import Day, Instant, moment, table

addresses = table(
    "addresses",
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("address", Text, nullable=False, unique=True),
    Column("sort", LargeBinary, nullable=False),
    Column("net", Text, nullable=False),
    Column("site", Text),
    Column("domain", Text),
    Column("label", Text),
    Column("owner", Text),
    Column("added_at", Instant, nullable=False),
    Column("retired_on", Day),
    Index("ix_addresses_site", "site"),
    Index("ix_addresses_net", "net"),
)

cases = table(
    "cases",
    Column("id", Integer, primary_key=True),
    Column("address_id", ForeignKey("addresses.id"), nullable=False),
    Column("list_key", Text, nullable=False),
    # The instant at which the first reminder is due, kept by the rule that computes reminders.
    Column("next_at", Instant),
    Column("marks", Text),
    UniqueConstraint("address_id", "list_key"),
    Index("ix_cases_list_key", "list_key"),
    Index("ix_cases_next_at", "next_at", sqlite_where=text("next_at IS NOT NULL")),
)

requests = table(
    "requests",
    Column("number", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("batch", Integer),
    Column("state", Text, nullable=False),
    *moment("submitted", required=True),
    *moment("asked", required=True),
    *moment("confirmed"),
    *moment("cleared"),
    *moment("refused"),
    *moment("relisted"),
    *moment("withdrawn"),
    Column("reference", Text),
    Column("contact_name", Text),
    Column("contact_email", Text),
    Column("template", Text),
    Column("marks", Text),
    Index("ix_requests_open", "case_id", sqlite_where=text("state IN ('submitted', 'confirmed')")),
    CheckConstraint(
        "state IN ('submitted', 'confirmed', 'cleared', 'refused', 'relisted', 'withdrawn', 'undone')", name="state"
    ),
    # Numbers are never used again, not even after `address forget`.
    sqlite_autoincrement=True,
)

texts = table(
    "texts",
    Column("number", ForeignKey("requests.number"), primary_key=True),
    Column("text", Text, nullable=False),
)

events = table(
    "events",
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("address_id", ForeignKey("addresses.id"), nullable=False),
    Column("case_id", ForeignKey("cases.id")),
    Column("number", ForeignKey("requests.number")),
    Column("event", Text, nullable=False),
    *moment("happened", required=True),
    Column("recorded_at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_events_number", "number"),
    Index("ix_events_case_id", "case_id", sqlite_where=text("number IS NULL")),
    Index("ix_events_address_id", "address_id", sqlite_where=text("case_id IS NULL")),
)

sightings = table(
    "sightings",
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("verdict", Text, nullable=False),
    *moment("seen", required=True),
    # The latest look that found the same: a row is a change, not a look.
    *moment("last"),
    Column("source", Text, nullable=False),
    Column("code", Text),
    Column("reason", Text),
    Column("answer", Text),
    Column("nameserver", Text),
    Column("event_uid", Text, index=True),
    Column("undone", Integer, nullable=False, server_default=text("0")),
    CheckConstraint("verdict IN ('listed', 'clear')", name="verdict"),
)

listings = table(
    "listings",
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("code", Text),
    Column("source", Text, nullable=False),
    *moment("started", required=True),
    *moment("last", required=True),
    *moment("ended"),
    Column("reason", Text),
    Column("undone", Integer, nullable=False, server_default=text("0")),
    Index("ix_listings_open", "case_id", sqlite_where=text("ended_on IS NULL AND undone = 0")),
)

# The first look that differs from what is on record: it counts once a second one has found the same. It names its
# address by itself, since nothing that one look alone says records an address.
looks = table(
    "looks",
    Column("address", Text, primary_key=True),
    Column("list_key", Text, primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("codes", Text, nullable=False),
    Column("answer", Text),
    Column("reason", Text),
    Column("looked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("nameserver", Text),
    CheckConstraint("verdict IN ('listed', 'clear')", name="verdict"),
)

observations = table(
    "observations",
    Column("number", ForeignKey("requests.number"), primary_key=True),
    Column("address_id", ForeignKey("addresses.id"), nullable=False),
    Column("list_key", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("days", Integer, nullable=False),
    Index("ix_observations_list_key_days", "list_key", "days"),
    Index("ix_observations_address_id", "address_id"),
)

drafts = table(
    "drafts",
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("contact_name", Text),
    Column("contact_email", Text),
    Column("written_at", Instant, nullable=False),
    # As JSON: what the text states, on what basis, and what was measured for it.
    Column("claims", Text),
)

# Links and ticket addresses are bearer secrets: whoever has one can act. They stand nowhere else.
secrets = table(
    "secrets",
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("address_id", ForeignKey("addresses.id"), nullable=False),
    Column("number", ForeignKey("requests.number")),
    Column("url", Text, nullable=False),
    Column("kept_at", Instant, nullable=False),
    # The mail that brought it, by uid: what is known of its genuineness and its end stands there.
    Column("mail_uid", Text),
    Index("ix_secrets_number", "number"),
)

# What `address forget` destroyed: how much, when and by whom, but not what.
tombstones = table(
    "tombstones",
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("forgotten_at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("events", Integer, nullable=False),
)

# While an address stands here, in the transaction that forgets it, its history may be deleted.
forgetting = table("forgetting", Column("address_id", Integer, primary_key=True))

meta = table("meta", Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
