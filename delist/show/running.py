"""What a nightly run came to: a line a step that has something to tell, or one document."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from delist.actions.running.values import Busy, Ended, Outcome
from delist.errors import DelistError
from delist.rules.secrets import conceal
from delist.show.words import clock, in_zone, instant, many, one_line

# What each step counts, in the words of a person; a count of none is left out.
_WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "scan": {
        "refusals": ("refusal", "refusals"),
        "changed": ("change of the records", "changes of the records"),
    },
    "mail": {
        "kept": ("mail taken in", "mails taken in"),
        "genuine": ("genuine", "genuine"),
        "unverified": ("unverified", "unverified"),
        "rejected": ("not what it claims to be", "not what they claim to be"),
    },
    "check": {
        "addresses": ("address", "addresses"),
        "lists": ("list", "lists"),
        "listed": ("listed", "listed"),
        "clear": ("clear", "clear"),
        "turned-away": ("turned away", "turned away"),
        "unknown": ("unknown", "unknown"),
        "changed": ("change of the records", "changes of the records"),
        "waiting": ("finding waits for a second look", "findings wait for a second look"),
    },
    "notify": {
        "sent": ("notice sent", "notices sent"),
        "reminders": ("reminder", "reminders"),
        "changes": ("change", "changes"),
        "mails": ("mail", "mails"),
        "troubles": ("trouble", "troubles"),
        "cut_off": ("earlier notice was cut short", "earlier notices were cut short"),
        "relay_listed": ("address of the relay is listed", "addresses of the relay are listed"),
    },
}


def line(outcome: Outcome, zone: ZoneInfo) -> str | None:
    """Return the line of a step, None if it has nothing to tell."""
    if outcome.error is not None:
        done = _counts(outcome)
        return f"{outcome.kind}: FAILED: {why(outcome, zone)}" + (f" ({done})" if done else "")
    if not outcome.is_news:
        return None
    return f"{outcome.kind}: {_counts(outcome) or 'done'}"


def why(outcome: Outcome, zone: ZoneInfo | None = None) -> str | None:
    """Return what a step failed with, without any secret; instants in a zone if there is one."""
    if outcome.error is None:
        return None
    if outcome.ended is Ended.BUG or not isinstance(outcome.error, DelistError):
        told = f"a bug in delist ({type(outcome.error).__name__}: {outcome.error}): please report it (see --debug)"
    else:
        told = in_zone(str(outcome.error), zone) if zone else str(outcome.error)
    return one_line(conceal(told)[0])


def _counts(outcome: Outcome) -> str:
    known = _WORDS.get(outcome.kind, {})
    named = [(count, known.get(name, (name, name))) for name, count in outcome.counts.items() if _tells(outcome, name)]
    return ", ".join(many(count, one, several) for count, (one, several) in named if count)


def _tells(outcome: Outcome, name: str) -> bool:
    """Whether a count is for people; how many lines were read is not."""
    return outcome.kind not in _WORDS or name in _WORDS[outcome.kind]


def busy(other: Busy, zone: ZoneInfo) -> str:
    """Return the warning that an earlier run still goes on."""
    since = f" since {clock(other.since, zone)}" if other.since else ""
    process = f" (process {other.pid})" if other.pid else ""
    return f"a run has been going on{since}{process}: this one did nothing; look what it waits for"


def document(
    began: datetime, ended: datetime, outcomes: Sequence[Outcome], other: Busy | None, code: int
) -> dict[str, Any]:
    """Return a run for scripts; `already_running` is the other run, because of which this one did nothing."""
    return {
        "started_at": instant(began),
        "ended_at": instant(ended),
        "already_running": {"pid": other.pid, "since": instant(other.since)} if other else None,
        "steps": [
            {
                "step": each.kind,
                "ended": each.ended.value,
                "counts": dict(each.counts),
                "why": why(each),
                "exit_code": each.exit_code,
            }
            for each in outcomes
        ],
        "exit_code": code,
    }
