"""What the steps of a nightly run are, and what they came to."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from delist.errors import DelistError, OutsideFailed, SetupError
from delist.tools import Tools


class Ended(StrEnum):
    """How a step ended; skipped is what is not configured, or has nothing to do here."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    BUG = "bug"


@dataclass(frozen=True, slots=True)
class Came:
    """What a step came to, by words of its own, and whether that is worth a line.

    `error` is what failed of a step that has done the rest.
    """

    counts: Mapping[str, int]
    is_news: bool
    error: DelistError | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A step: what it does, with None for what is not configured. Raises DelistError."""

    kind: str
    does: Callable[[Tools], Came | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step of a run ended; `error` is what was raised, if something was."""

    kind: str
    ended: Ended
    counts: Mapping[str, int] = field(default_factory=dict)
    is_news: bool = False
    error: Exception | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of this step alone."""
        if self.error is None:
            return 0
        return self.error.exit_code if isinstance(self.error, DelistError) else _BUG


@dataclass(frozen=True, slots=True)
class Busy:
    """Another run goes on: its process, and since when (UTC), if it says so; `is_long` if that is no good sign."""

    pid: int | None
    since: datetime | None
    is_long: bool


_BUG = 1
# A bug outweighs a wrong set-up, that an outside that failed, and that all else.
_WORST_FIRST = (_BUG, SetupError.exit_code, OutsideFailed.exit_code)


def worst(codes: Iterable[int]) -> int:
    """Return the exit code that weighs most, 0 if all is fine."""
    failed = {code for code in codes if code}
    return next((code for code in _WORST_FIRST if code in failed), max(failed, default=0))
