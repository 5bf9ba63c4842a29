"""What was looked at, how it is, and which sentence tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from delist.errors import OutsideFailed, SetupError


class Subject(StrEnum):
    """What is looked at, in the order in which it is told."""

    CONFIGURATION = "configuration"
    TEMPLATES = "templates"
    DATABASE = "database"
    DISK = "disk"
    CLOCK = "clock"
    RESOLVER = "resolver"
    LISTS = "lists"
    LOG = "mail log"
    INBOX = "inbox"
    RELAY = "relay"
    CHANNELS = "channels"
    RUNS = "last runs"


class Grade(StrEnum):
    """How it is: a warning is what works now and may not for ever."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


class What(StrEnum):
    """What was found; `show` has the sentences."""

    CONFIG_READ = "config-read"
    CONFIG_NONE = "config-none"
    CONFIG_WRONG = "config-wrong"
    CONFIG_OPEN = "config-open"
    LISTS_OWN = "lists-own"
    TEMPLATES_NONE = "templates-none"
    TEMPLATES_READ = "templates-read"
    TEMPLATE_WRONG = "template-wrong"
    DATABASE_WELL = "database-well"
    DATABASE_NONE = "database-none"
    DATABASE_OLDER = "database-older"
    DATABASE_DAMAGED = "database-damaged"
    DATABASE_WRONG = "database-wrong"
    DATABASE_READ_ONLY = "database-read-only"
    COPY_NONE = "copy-none"
    COPY_OLD = "copy-old"
    COPY_NEW = "copy-new"
    SPACE = "space"
    SPACE_SHORT = "space-short"
    CLOCK_SET = "clock-set"
    CLOCK_FREE = "clock-free"
    CLOCK_UNKNOWN = "clock-unknown"
    FUTURE = "future"
    RESOLVER_ANSWERS = "resolver-answers"
    RESOLVER_SILENT = "resolver-silent"
    RESOLVER_INVENTS = "resolver-invents"
    LISTS_ASKED = "lists-asked"
    LIST_TROUBLED = "list-troubled"
    LISTS_BARRED = "lists-barred"
    LISTS_NONE = "lists-none"
    LOG_READ = "log-read"
    LOG_CLOSED = "log-closed"
    LOG_GONE = "log-gone"
    LOG_NONE = "log-none"
    JOURNAL_READ = "journal-read"
    JOURNAL_CLOSED = "journal-closed"
    NOT_CONFIGURED = "not-configured"
    INBOX_READ = "inbox-read"
    INBOX_COUNTED = "inbox-counted"
    INBOX_CLOSED = "inbox-closed"
    PROGRAM_THERE = "program-there"
    PROGRAM_MISSING = "program-missing"
    RELAY_ANSWERS = "relay-answers"
    RELAY_FAILS = "relay-fails"
    RELAY_LISTED = "relay-listed"
    CHANNEL_KNOWN = "channel-known"
    CHANNEL_UNKNOWN = "channel-unknown"
    RUN_NEVER = "run-never"
    RUN_DONE = "run-done"
    RUN_OLD = "run-old"
    RUN_FAILED = "run-failed"
    RUN_CUT_OFF = "run-cut-off"
    NOTICES_UNSURE = "notices-unsure"
    ERROR = "error"
    BUG = "bug"
    TOO_SLOW = "too-slow"


_BUG = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found; `about` fills the sentence in, and holds no secret."""

    subject: Subject
    grade: Grade
    what: What
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """The exit code of this finding alone; warnings have none."""
        if self.grade is not Grade.FAIL:
            return 0
        if self.what is What.BUG:
            return _BUG
        return SetupError.exit_code if self.subject in _OURS else OutsideFailed.exit_code


_OURS = frozenset({Subject.CONFIGURATION, Subject.TEMPLATES, Subject.DATABASE})
