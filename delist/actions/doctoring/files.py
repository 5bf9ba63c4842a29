"""Looks at what lies on this host: configuration, templates, database, disk, clock, mail logs."""

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from delist import machine, migrate, texts
from delist.actions.doctoring.values import Finding, Grade, Subject, What
from delist.actions.running.logs import gone, logs_read
from delist.errors import DelistError
from delist.maillog import host, journal
from delist.maillog.sources import paths_of
from delist.store import health
from delist.store.version import Age, age_of
from delist.tools import Tools

_OLD_COPY = timedelta(days=30)
# Bytes: a copy of the database has to fit beside it before an upgrade, and something has to be left then.
_LEAST_SPACE = 100_000_000
_AHEAD = timedelta(minutes=5)
JOURNALCTL = "journalctl"


def configuration(tools: Tools, problems: Sequence[DelistError]) -> Iterator[Finding]:
    """Yield how the configuration is; `problems` is what kept it from being read."""
    for problem in problems:
        yield Finding(Subject.CONFIGURATION, Grade.FAIL, What.CONFIG_WRONG, {"why": str(problem)})
    path = tools.places.config
    if not problems:
        what = What.CONFIG_READ if path.exists() else What.CONFIG_NONE
        yield Finding(Subject.CONFIGURATION, Grade.OK, what, {"path": str(path)})
        if tools.places.lists.exists():
            count = len(tools.catalogue.keys())
            yield Finding(
                Subject.CONFIGURATION, Grade.OK, What.LISTS_OWN, {"path": str(tools.places.lists), "count": count}
            )
    yield from (
        Finding(Subject.CONFIGURATION, Grade.WARN, What.CONFIG_OPEN, {"path": str(each)})
        for each in _secret_files(tools)
        if _is_open(each)
    )


def _secret_files(tools: Tools) -> Iterator[Path]:
    """Yield the files that hold a password, a key, or the URL of a channel."""
    found = tools.settings
    if found.inbox.login.password or found.smtp.password or found.use.keys or found.notify.channels:
        yield tools.places.config
    yield from (Path(login.password_file) for login in (found.inbox.login, found.smtp) if login.password_file)


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def templates(tools: Tools) -> Iterator[Finding]:
    """Yield how the operator's own templates are."""
    folder = tools.places.templates
    flaws = texts.flaws(folder)
    for name, why in sorted(flaws.items()):
        if why is not None:
            yield Finding(Subject.TEMPLATES, Grade.FAIL, What.TEMPLATE_WRONG, {"path": str(folder / name), "why": why})
    if not any(flaws.values()):
        what = What.TEMPLATES_READ if flaws else What.TEMPLATES_NONE
        yield Finding(Subject.TEMPLATES, Grade.OK, what, {"path": str(folder), "count": len(flaws)})


def database(tools: Tools) -> Iterator[Finding]:
    """Yield how the database is; it is neither created nor upgraded by looking."""
    path = tools.database
    try:
        age = age_of(path)
        whole = "ok" if age in (Age.MISSING, Age.EMPTY) else health.quick(path)
    except DelistError as error:
        yield Finding(Subject.DATABASE, Grade.FAIL, What.DATABASE_WRONG, {"why": str(error)})
        return
    yield _state(path, age, whole)
    if not _is_writable(path):
        yield Finding(Subject.DATABASE, Grade.FAIL, What.DATABASE_READ_ONLY, {"path": str(path), "user": tools.by})
    if age not in (Age.MISSING, Age.EMPTY) and whole == "ok":
        yield _copy(path, tools.now())


def _state(path: Path, age: Age, whole: str) -> Finding:
    about = {"path": str(path), "why": whole}
    if age in (Age.MISSING, Age.EMPTY):
        return Finding(Subject.DATABASE, Grade.OK, What.DATABASE_NONE, about)
    if whole != "ok":
        return Finding(Subject.DATABASE, Grade.FAIL, What.DATABASE_DAMAGED, about)
    if age is Age.OLDER:
        return Finding(Subject.DATABASE, Grade.WARN, What.DATABASE_OLDER, about)
    return Finding(Subject.DATABASE, Grade.OK, What.DATABASE_WELL, about)


def _is_writable(path: Path) -> bool:
    """Whether this user may write to the file and beside it, where SQLite keeps its journal."""
    file_too = os.access(path, os.W_OK) if path.exists() else True
    return file_too and os.access(_there(path.parent), os.W_OK)


def _there(folder: Path) -> Path:
    """Return a folder, or the nearest above it that exists."""
    return next(each for each in (folder.absolute(), *folder.absolute().parents) if each.is_dir())


def _copy(path: Path, now: datetime) -> Finding:
    folder = migrate.backups_of(path)
    times = [file.stat().st_mtime for file in folder.glob(f"{path.stem}-*.db")]
    about = {"path": str(folder)}
    if not times:
        return Finding(Subject.DATABASE, Grade.WARN, What.COPY_NONE, about)
    newest = datetime.fromtimestamp(max(times), UTC).replace(microsecond=0)
    is_old = now - newest > _OLD_COPY
    what = What.COPY_OLD if is_old else What.COPY_NEW
    return Finding(Subject.DATABASE, Grade.WARN if is_old else Grade.OK, what, {**about, "at": newest})


def disk(tools: Tools) -> Iterator[Finding]:
    """Yield whether there is room for the database and a copy of it."""
    folder, path = _there(tools.database.parent), tools.database
    free = shutil.disk_usage(folder).free
    needed = _LEAST_SPACE + (2 * path.stat().st_size if path.exists() else 0)
    about = {"path": str(folder), "free": free // 1_000_000, "needed": needed // 1_000_000}
    is_short = free < needed
    yield Finding(
        Subject.DISK, Grade.FAIL if is_short else Grade.OK, What.SPACE_SHORT if is_short else What.SPACE, about
    )


def clock(tools: Tools) -> Iterator[Finding]:
    """Yield whether somebody sets the clock, and whether anything was recorded with a wrong one."""
    is_set = machine.clock_is_set()
    what = {True: What.CLOCK_SET, False: What.CLOCK_FREE, None: What.CLOCK_UNKNOWN}[is_set]
    yield Finding(Subject.CLOCK, Grade.OK if is_set else Grade.WARN, what)
    if age_of(tools.database) is Age.CURRENT:
        count, latest = health.recorded_after(tools.database, tools.now() + _AHEAD)
        if count:
            yield Finding(Subject.CLOCK, Grade.WARN, What.FUTURE, {"count": count, "at": latest})


def log(tools: Tools) -> Iterator[Finding]:
    """Yield whether this user may read the mail logs that the nightly run reads, and whether one is gone.

    Raises as `sources.find` does for those that the configuration names.
    """
    named = tools.settings.logs
    paths = paths_of(named) if named else [path for path in host.files() if os.stat(path).st_size]
    closed = [path for path in paths if not os.access(path, os.R_OK)]
    about = {"user": tools.by}
    for path in closed:
        yield Finding(Subject.LOG, Grade.FAIL, What.LOG_CLOSED, {**about, "path": path})
    if paths and not closed:
        yield Finding(Subject.LOG, Grade.OK, What.LOG_READ, {"paths": ", ".join(paths)})
    elif not paths:
        yield _journal(about)
    yield from _gone(tools)


def _gone(tools: Tools) -> Iterator[Finding]:
    if age_of(tools.database) is Age.CURRENT:
        for path in gone(logs_read(tools)):
            yield Finding(Subject.LOG, Grade.FAIL, What.LOG_GONE, {"path": path})


def _journal(about: dict[str, str]) -> Finding:
    readable = journal.is_readable() if shutil.which(JOURNALCTL) else None
    if readable is None:
        return Finding(Subject.LOG, Grade.WARN, What.LOG_NONE)
    if not readable:
        return Finding(Subject.LOG, Grade.FAIL, What.JOURNAL_CLOSED, about)
    return Finding(Subject.LOG, Grade.OK, What.JOURNAL_READ)
