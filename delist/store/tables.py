"""The tables, and the small types that keep days, instants and enums as text."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import SchemaItem

from delist.store.rows import instant_text

# SQLite can alter only constraints that have a name.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A UTC instant, kept as RFC 3339 text so that it sorts and reads; refuses naive ones."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Return the text that is kept."""
        return None if value is None else instant_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Return the instant, aware."""
        return None if value is None else datetime.fromisoformat(value)


class Day(TypeDecorator[date]):
    """A local day, kept as YYYY-MM-DD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        """Return the text that is kept."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        """Return the day."""
        return None if value is None else date.fromisoformat(value)


def _moment(name: str, required: bool = False) -> list[Column[Any]]:
    return [Column(f"{name}_on", Day, nullable=not required), Column(f"{name}_at", Instant)]


def _table(name: str, *rest: SchemaItem, **options: Any) -> Table:
    return Table(name, metadata, *rest, sqlite_strict=True, **options)


addresses = _table(
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

cases = _table(
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

requests = _table(
    "requests",
    Column("number", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("batch", Integer),
    Column("state", Text, nullable=False),
    *_moment("submitted", required=True),
    *_moment("asked", required=True),
    *_moment("confirmed"),
    *_moment("cleared"),
    *_moment("refused"),
    *_moment("relisted"),
    *_moment("withdrawn"),
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

texts = _table(
    "texts",
    Column("number", ForeignKey("requests.number"), primary_key=True),
    Column("text", Text, nullable=False),
)

events = _table(
    "events",
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("address_id", ForeignKey("addresses.id"), nullable=False),
    Column("case_id", ForeignKey("cases.id")),
    Column("number", ForeignKey("requests.number")),
    Column("event", Text, nullable=False),
    *_moment("happened", required=True),
    Column("recorded_at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_events_number", "number"),
    Index("ix_events_case_id", "case_id", sqlite_where=text("number IS NULL")),
    Index("ix_events_address_id", "address_id", sqlite_where=text("case_id IS NULL")),
)

sightings = _table(
    "sightings",
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("verdict", Text, nullable=False),
    *_moment("seen", required=True),
    # The latest look that found the same: a row is a change, not a look.
    *_moment("last"),
    Column("source", Text, nullable=False),
    Column("code", Text),
    Column("reason", Text),
    Column("answer", Text),
    Column("nameserver", Text),
    Column("event_uid", Text, index=True),
    Column("undone", Integer, nullable=False, server_default=text("0")),
    CheckConstraint("verdict IN ('listed', 'clear')", name="verdict"),
)

listings = _table(
    "listings",
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("code", Text),
    Column("source", Text, nullable=False),
    *_moment("started", required=True),
    *_moment("last", required=True),
    *_moment("ended"),
    Column("reason", Text),
    Column("undone", Integer, nullable=False, server_default=text("0")),
    Index("ix_listings_open", "case_id", sqlite_where=text("ended_on IS NULL AND undone = 0")),
)

# The first look that differs from what is on record: it counts once a second one has found the same. It names its
# address by itself, since nothing that one look alone says records an address.
looks = _table(
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

observations = _table(
    "observations",
    Column("number", ForeignKey("requests.number"), primary_key=True),
    Column("address_id", ForeignKey("addresses.id"), nullable=False),
    Column("list_key", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("days", Integer, nullable=False),
    Index("ix_observations_list_key_days", "list_key", "days"),
    Index("ix_observations_address_id", "address_id"),
)

drafts = _table(
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
secrets = _table(
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

# Mails of lists that were taken in, with every link cut out. `message_key` is the Message-ID, or a digest where there
# is none: the same mail is taken in once. What matches nothing has no request.
mails = _table(
    "mails",
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("message_key", Text, nullable=False, unique=True),
    Column("address_id", ForeignKey("addresses.id"), index=True),
    Column("list_key", Text),
    Column("number", ForeignKey("requests.number"), index=True),
    Column("kind", Text, nullable=False),
    Column("trust", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("said", Text),
    Column("sender", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("kept_at", Instant, nullable=False),
    Column("source", Text, nullable=False),
    CheckConstraint("kind IN ('link', 'decision', 'receipt', 'other')", name="kind"),
    CheckConstraint("trust IN ('genuine', 'unverified', 'rejected')", name="trust"),
)

# One message to one recipient over one channel. It is written before it is sent: what stands as `sending` though
# nobody sends is `unsure`.
notices = _table(
    "notices",
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("recipient", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("claimed_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("why", Text),
    CheckConstraint("state IN ('sending', 'sent', 'failed', 'unsure')", name="state"),
    Index("ix_notices_state", "state"),
)

# What a message tells: each thing once to each recipient. A message that certainly was not sent lets go of its claims.
told = _table(
    "told",
    Column("notice_id", ForeignKey("notices.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("address_id", ForeignKey("addresses.id"), index=True),
    Column("held", Integer, nullable=False),
    Index("ix_told_recipient_key", "recipient", "key", unique=True, sqlite_where=text("held = 1")),
)

# What the calendar has told of each window and task: what is gone has to be cancelled, not left out.
calendar = _table(
    "calendar",
    Column("uid", Text, primary_key=True),
    Column("address_id", ForeignKey("addresses.id"), index=True),
    Column("sequence", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("is_cancelled", Integer, nullable=False),
    # What a cancellation has to repeat, as JSON.
    Column("component", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

# What `address forget` destroyed: how much, when and by whom, but not what.
tombstones = _table(
    "tombstones",
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("forgotten_at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("events", Integer, nullable=False),
)

# While an address stands here, in the transaction that forgets it, its history may be deleted.
forgetting = _table("forgetting", Column("address_id", Integer, primary_key=True))

runs = _table(
    "runs",
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("position", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_runs_kind_digest", "kind", "digest"),
)

# How often each zone was asked on a UTC day: the terms of some allow so many queries a day.
asked = _table(
    "asked",
    Column("zone", Text, primary_key=True),
    Column("on_day", Day, primary_key=True),
    Column("queries", Integer, nullable=False),
)

# How far each log was read: for each host whose logs these are ("" for this one), and for each purpose apart, since
# what was only shown has not been recorded.
cursors = _table(
    "cursors",
    Column("host", Text, primary_key=True),
    Column("log", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("place", Text, nullable=False),
    Column("saved_at", Instant, nullable=False),
)

# From which address a mail system's instance sends, as replies in its log have named it; null if they named several.
instances = _table(
    "instances",
    Column("host", Text, primary_key=True),
    Column("instance", Text, primary_key=True),
    Column("address", Text),
)

# A refusal after a clearing, as a log tells it: it counts once a second one has come.
refused_once = _table(
    "refused_once",
    Column("address", Text, primary_key=True),
    Column("list_key", Text, primary_key=True),
    Column("refused_at", Instant, nullable=False),
)

# The latest measurement of each claim of an address; what has changed stands in the history. `subject` is what it was
# measured of, beside the address: another domain or name makes it another measurement.
evidence = _table(
    "evidence",
    Column("address_id", ForeignKey("addresses.id"), primary_key=True),
    Column("claim", Text, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("mend", Text),
    Column("facts", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("nameserver", Text),
    Column("since", Instant, nullable=False),
    Column("measured_at", Instant, nullable=False),
)

# How the deliveries of a stretch of a host's log ended, as one scan counted them: whose log it is, as with cursors.
# Stretches overlap where a log was scanned twice; which of them count is decided when they are summed.
traffic = _table(
    "traffic",
    Column("host", Text, primary_key=True),
    Column("log", Text, primary_key=True),
    Column("first_at", Instant, primary_key=True),
    Column("last_at", Instant, primary_key=True),
    Column("is_new", Integer, primary_key=True),
    Column("sent", Integer, nullable=False),
    Column("deferred", Integer, nullable=False),
    Column("bounced", Integer, nullable=False),
    Column("scan", Text, nullable=False),
    Column("scanned_at", Instant, nullable=False),
    Index("ix_traffic_last_at", "last_at"),
)

meta = _table("meta", Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
