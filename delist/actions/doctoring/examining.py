"""Looks at everything side by side, each look within its time, and tells it in a fixed order."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from delist.actions.doctoring import files, outside
from delist.actions.doctoring.values import Finding, Grade, Subject, What
from delist.errors import DelistError
from delist.probe.side import side_by_side
from delist.tools import Tools

# Seconds for everything together, beyond what relay and channels may take.
_PATIENCE = 60.0

Look = Callable[[], Iterable[Finding]]


def examine(tools: Tools, problems: Sequence[DelistError], nameservers: Sequence[str]) -> list[Finding]:
    """Return what was found, in order. `problems` is what kept the configuration from being read: then `tools` are
    those of a machine without one, and what only the configuration names is not looked at.
    """
    looks: dict[Subject, Look] = {
        Subject.CONFIGURATION: partial(files.configuration, tools, problems),
        Subject.TEMPLATES: partial(files.templates, tools),
        Subject.DATABASE: partial(files.database, tools),
        Subject.DISK: partial(files.disk, tools),
        Subject.CLOCK: partial(files.clock, tools),
        Subject.LOG: partial(files.log, tools),
        Subject.RUNS: partial(outside.runs, tools),
    }
    if not problems:
        looks |= _outside(tools, nameservers)
    return _looked(looks, _PATIENCE + tools.settings.notify.timeout)


def _outside(tools: Tools, nameservers: Sequence[str]) -> Mapping[Subject, Look]:
    return {
        Subject.RESOLVER: partial(outside.resolver, tools, nameservers),
        Subject.LISTS: partial(outside.lists, tools, nameservers),
        Subject.INBOX: partial(outside.inbox, tools),
        Subject.RELAY: partial(outside.relay, tools),
        Subject.CHANNELS: partial(outside.channels, tools),
    }


def _looked(looks: Mapping[Subject, Look], seconds: float) -> list[Finding]:
    subjects = [subject for subject in Subject if subject in looks]
    found = side_by_side([partial(_safely, subject, looks[subject]) for subject in subjects], seconds)
    return list(
        _said_once(
            finding
            for subject, findings in zip(subjects, found, strict=True)
            for finding in ([_too_slow(subject, seconds)] if findings is None else findings)
        )
    )


def _said_once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings without the errors that another look has met already: a database out of reach is one thing."""
    said: set[str] = set()
    for finding in findings:
        why = str(finding.about.get("why"))
        if finding.what is not What.ERROR or why not in said:
            yield finding
        said.add(why)


def _too_slow(subject: Subject, seconds: float) -> Finding:
    return Finding(subject, Grade.FAIL, What.TOO_SLOW, {"seconds": round(seconds)})


def _safely(subject: Subject, look: Look) -> list[Finding]:
    """Return what a look finds; one that fails says so, and the others go on."""
    found: list[Finding] = []
    try:
        found.extend(look())
    except DelistError as error:
        found.append(Finding(subject, Grade.FAIL, What.ERROR, {"why": str(error)}))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        found.append(Finding(subject, Grade.FAIL, What.ERROR, {"why": f"{where}{error.strerror or error}"}))
    except Exception as error:
        found.append(Finding(subject, Grade.FAIL, What.BUG, {"why": f"{type(error).__name__}: {error}"}))
    return found
