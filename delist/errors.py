"""What the operator can act on: one sentence, and the exit code that scripts rely on."""


class DelistError(Exception):
    """A sentence for the operator. Subclasses say what kind of trouble it is."""

    exit_code = 1


class UsageError(DelistError):
    """What was typed is malformed: an address, a day, an option."""

    exit_code = 2


class SetupError(DelistError):
    """The configuration, a template or the database does not allow to go on."""

    exit_code = 3


class NotFound(DelistError):
    """There is no such request, address, list or file."""

    exit_code = 4


class NotAllowed(DelistError):
    """The records do not allow it now: a move outside the table, a text that must not be written."""

    exit_code = 5


class OutsideFailed(DelistError):
    """The world outside failed: the disk is full, a file cannot be written."""

    exit_code = 6
