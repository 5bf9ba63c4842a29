"""What comes and goes by itself: mails taken in, notices sent, what the calendar has told."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Text, text

from delist.store.tables.types import Instant, table

# Mails of lists that were taken in, with every link cut out. `message_key` is the Message-ID, or a digest where there
# is none: the same mail is taken in once. What matches nothing has no request.
mails = table(
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
notices = table(
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
told = table(
    "told",
    Column("notice_id", ForeignKey("notices.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("address_id", ForeignKey("addresses.id"), index=True),
    Column("held", Integer, nullable=False),
    Index("ix_told_recipient_key", "recipient", "key", unique=True, sqlite_where=text("held = 1")),
)

# What the calendar has told of each window and task: what is gone has to be cancelled, not left out.
calendar = table(
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
