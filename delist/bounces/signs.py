"""How a bounce is told from other mail, and a delayed message from one that was given up."""

from typing import NamedTuple

from delist.bounces.wordings import (
    ABSENT,
    ANSWERS,
    DAEMON_PATH,
    DAEMONS,
    FAILURES,
    FORWARDS,
    GIVEN_UP,
    OPENINGS,
    SUBJECTS,
    SUCCESSES,
    WAITING,
    WARNED,
)


class Signs(NamedTuple):
    """What the head of a mail shows: written by a mail system, by itself, about a failure, an answer, a forward."""

    daemon: bool
    automatic: bool
    about_failure: bool
    answer: bool
    forward: bool
    absent: bool

    @property
    def may_bounce(self) -> bool:
        """Whether a delivery report in the text is believed to be this mail's."""
        return not self.absent and (self.daemon or (self.about_failure and not (self.answer or self.forward)))

    def believes(self, text: str) -> bool:
        """Whether a text that tells of a failure is believed to be a bounce's."""
        if self.absent or (self.answer and not self.daemon):
            return False
        if self.daemon or (self.automatic and self.about_failure):
            return True
        return (self.automatic or (self.about_failure and not self.forward)) and opens_as_bounce(text)


def signs(sender: str, return_path: str | None, subject: str, failed: str, auto: str) -> Signs:
    """Return what the head of a mail shows; `return_path` is None where there is no such header."""
    daemon = bool(DAEMONS.search(sender) or DAEMON_PATH.search(return_path or "") or failed)
    null = return_path is not None and not return_path.strip(" <>")
    return Signs(
        daemon=daemon,
        automatic=null or auto.strip().lower().startswith("auto-"),
        about_failure=bool(SUBJECTS.search(subject)),
        answer=bool(ANSWERS.match(subject)),
        forward=bool(FORWARDS.match(subject)),
        absent=bool(ABSENT.search(subject)) and not daemon,
    )


def opens_as_bounce(text: str) -> bool:
    """Whether the first lines are those of a report."""
    return bool(OPENINGS.search(text[:3000]))


def tells_failure(seen: Signs, subject: str, text: str) -> bool:
    """Whether a text without a reply code tells of a failure."""
    if SUCCESSES.search(subject) or SUCCESSES.search(text[:3000]):
        return False
    return (seen.daemon and seen.about_failure) or (
        (seen.daemon or seen.about_failure) and opens_as_bounce(text) and bool(FAILURES.search(text))
    )


def is_waiting(subject: str, opening: str, text: str) -> bool:
    """Whether the message is still being tried, from the subject and from the words before the first recipient."""
    if WARNED.search(text) or WAITING.search(subject):
        return True
    return bool(WAITING.search(opening[-3000:])) and not GIVEN_UP.search(subject + opening[-3000:])
