"""What was looked at: runs, questions to zones, how far logs were read, measurements, deliveries counted."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Text

from delist.store.tables.types import Day, Instant, table

runs = table(
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
asked = table(
    "asked",
    Column("zone", Text, primary_key=True),
    Column("on_day", Day, primary_key=True),
    Column("queries", Integer, nullable=False),
)

# How far each log was read: for each host whose logs these are ("" for this one), and for each purpose apart, since
# what was only shown has not been recorded.
cursors = table(
    "cursors",
    Column("host", Text, primary_key=True),
    Column("log", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("place", Text, nullable=False),
    Column("saved_at", Instant, nullable=False),
)

# From which address a mail system's instance sends, as replies in its log have named it; null if they named several.
instances = table(
    "instances",
    Column("host", Text, primary_key=True),
    Column("instance", Text, primary_key=True),
    Column("address", Text),
)

# A refusal after a clearing, as a log tells it: it counts once a second one has come.
refused_once = table(
    "refused_once",
    Column("address", Text, primary_key=True),
    Column("list_key", Text, primary_key=True),
    Column("refused_at", Instant, nullable=False),
)

# The latest measurement of each claim of an address; what has changed stands in the history. `subject` is what it was
# measured of, beside the address: another domain or name makes it another measurement.
evidence = table(
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
traffic = table(
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
