"""The outside world in one value: the clock, who types, where things are, what the operator set."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from uuid import UUID
from zoneinfo import ZoneInfo

from delist import catalogue, settings
from delist.catalogue import Catalogue
from delist.errors import DelistError, SetupError
from delist.rules.moments import Moment, moment_of, parse_moment
from delist.rules.reminders import RULES_VERSION, Policy
from delist.settings import Places, Settings


@dataclass(frozen=True, slots=True)
class Tools:
    """What actions need from outside. `now` gives the UTC instant, whole seconds; `wait` sleeps so many seconds."""

    now: Callable[[], datetime]
    by: str
    zone: ZoneInfo
    settings: Settings
    places: Places
    database: Path
    catalogue: Catalogue
    wait: Callable[[float], None] = sleep

    @property
    def policy(self) -> Policy:
        """What reminders depend on beside the records and the catalogue."""
        return Policy(self.zone, self.settings.lead, self.settings.leads)

    @property
    def fingerprint(self) -> str:
        """What stored moments of next attention are computed from, in a few letters."""
        policy = self.policy
        leads = sorted((key, str(lead)) for key, lead in policy.leads.items())
        parts = (RULES_VERSION, policy.zone.key, policy.lead, leads, self.catalogue.digest)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def moment(self, text: str | None) -> Moment | None:
        """Return the moment that an option gives, None if it was not given; raises UsageError."""
        return None if text is None else parse_moment(text, self.zone)

    def as_of(self, moment: Moment | None) -> "Tools":
        """Return the tools with a clock that says it is that moment, and goes on from there; a day counts to its end,
        today until now.
        """
        if moment is None or (moment.at is None and moment.on == self.this_moment().on):
            return self
        ahead = moment.latest(self.zone) - self.now()
        return replace(self, now=lambda: self.now() + ahead)

    def this_moment(self) -> Moment:
        """Return now as a moment."""
        return moment_of(self.now(), self.zone)


def build(environment: Mapping[str, str], database: str | None = None) -> Tools:
    """Return the tools of this machine and user; raises SetupError for a wrong configuration."""
    where = settings.places(environment)
    found = settings.read(where.config)
    named = database or environment.get("DELIST_DATABASE_URL")
    lists = catalogue.load(where.lists)
    settings.check_lists(where.config, found, lists.keys)
    return Tools(
        now=_now,
        by=_who(environment),
        zone=found.zone or system_zone(environment),
        settings=found,
        places=where,
        database=database_path(named) if named else where.database,
        catalogue=lists,
    )


def problems(environment: Mapping[str, str], database: str | None = None) -> list[DelistError]:
    """Return everything that keeps `build` from succeeding: what is wrong in each file, not in the first only."""
    where = settings.places(environment)
    named = database or environment.get("DELIST_DATABASE_URL")
    found: list[DelistError] = []
    read, lists = Settings(), catalogue.load()
    with _kept(found):
        read = settings.read(where.config)
    with _kept(found):
        lists = catalogue.load(where.lists)
        # Read only now: most commands need none of it.
        lists.keys()
        settings.check_lists(where.config, read, lists.keys)
    with _kept(found):
        database_path(named or str(where.database))
    return found


@contextmanager
def _kept(found: list[DelistError]) -> Iterator[None]:
    try:
        yield
    except DelistError as error:
        found.append(error)


def spare(environment: Mapping[str, str], database: str | None = None) -> Tools:
    """Return tools for where `build` fails: those of a machine without a configuration, on the same database."""
    where = settings.places(environment)
    named = database or environment.get("DELIST_DATABASE_URL")
    path = where.database
    with _kept([]):
        path = database_path(named) if named else path
    return Tools(_now, _who(environment), system_zone(environment), Settings(), where, path, catalogue.load())


def database_path(named: str) -> Path:
    """Return the file of a database URL or path; raises SetupError for other databases than SQLite."""
    scheme, separator, rest = named.partition("://")
    if not separator:
        return Path(named)
    if scheme != "sqlite" or not rest.startswith("/") or not rest[1:]:
        raise SetupError(f"{scheme}: is no database delist can use: name an SQLite file, sqlite:////path/to/delist.db")
    return Path(rest[1:])


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - the one place that reads the clock


def _who(environment: Mapping[str, str]) -> str:
    if sudo := environment.get("SUDO_USER"):
        return sudo
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return environment.get("USER") or environment.get("LOGNAME") or "unknown"


def system_zone(environment: Mapping[str, str]) -> ZoneInfo:
    """Return the time zone of this machine: TZ, else what /etc/localtime points to, else UTC."""
    names = [environment.get("TZ", "").lstrip(":")]
    link = os.path.realpath("/etc/localtime")
    names.append(link.partition("zoneinfo/")[2])
    for name in filter(None, names):
        try:
            return ZoneInfo(name)
        except (ValueError, KeyError, OSError):
            continue
    return _zone_of_file(Path("/etc/localtime"))


def _zone_of_file(path: Path) -> ZoneInfo:
    try:
        with path.open("rb") as file:
            return ZoneInfo.from_file(file, key=hashlib.sha256(path.read_bytes()).hexdigest()[:12])
    except (OSError, ValueError):
        return ZoneInfo("UTC")


def new_uid(at: datetime) -> str:
    """Return a new UUID (RFC 9562, version 7): random, but in order of time, which keeps the indexes compact."""
    stamp = int(at.timestamp() * 1000) & (2**48 - 1)
    value = stamp << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=value))
