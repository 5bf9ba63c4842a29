"""Finds, reads and checks config.toml; one table of settings is loader, checks and manual."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from delist.errors import SetupError, UsageError
from delist.rules.addresses import canonical, contains, is_network
from delist.rules.moments import Period, parse_period
from delist.rules.reminders import DEFAULT_LEAD
from delist.rules.wording import NO_FACTS, Facts

SYSTEM_CONFIG = Path("/etc/delist/config.toml")
SYSTEM_STATE = Path("/var/lib/delist")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: where it stands, what it must be, what it is without, and what it is for."""

    table: str
    name: str
    kind: str
    default: str
    about: str


SETTINGS = (
    Setting("", "timezone", "zone", "the system's", "The time zone of days, as in `Asia/Tokyo`."),
    Setting("contact", "name", "text", "", "Your name, as the removal forms ask it."),
    Setting("contact", "email", "text", "", "Your address; one in the mail server's domain that the listed host does not serve."),
    Setting("reminders", "lead", "period", "P14D", "How long before a window's day to remind; at most a quarter of the window."),
    Setting("reminders.leads", "LIST", "period", "the catalogue's", "The lead for one list, by its key."),
    Setting("senders", "address", "network", "", "The address or network that these facts are about; the narrowest entry wins."),
    Setting("senders", "role", "owner | provider", "owner", "`provider` if you answer for the network: then you are the one to ask."),
    Setting("senders", "domain", "text", "", "The domain that the address sends for."),
    Setting("senders", "static", "flag", "", "Whether the address is fixed."),
    Setting("senders", "ptr", "text", "", "The name that its reverse DNS gives."),
    Setting("senders", "helo", "text", "", "The name it says in HELO."),
    Setting("senders", "spf", "text", "", "The SPF record that covers it."),
    Setting("senders", "dkim", "text", "", "Who signs its mail: domain and selector."),
    Setting("senders", "dmarc", "text", "", "The DMARC policy of the domain."),
    Setting("senders", "port25", "closed | open", "", "Whether it takes mail from outside on TCP port 25."),
    Setting("senders", "bounces", "text", "", "Where bounces go and who reads them."),
    Setting("senders", "purpose", "text", "", "What it sends, to whom, and why it must send directly."),
    Setting("senders", "cause", "text", "", "What went wrong and what was mended; for lists of abuse."),
)  # fmt: skip

_CHOICES = {"owner | provider": ("owner", "provider"), "closed | open": ("closed", "open")}


@dataclass(frozen=True, slots=True)
class Sender:
    """Facts about one address or network."""

    address: str
    role: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Settings:
    """What config.toml says, or the defaults."""

    zone: ZoneInfo | None = None
    contact: Facts = NO_FACTS
    lead: Period = DEFAULT_LEAD
    leads: Mapping[str, Period] = field(default_factory=dict)
    senders: tuple[Sender, ...] = ()

    def sender_of(self, address: str) -> Sender | None:
        """Return the narrowest entry that covers an address."""
        covering = [sender for sender in self.senders if contains(sender.address, address)]
        return max(covering, key=_width, default=None)

    def role_of(self, address: str) -> str:
        """Return whether the operator answers for an address as its owner or as its provider."""
        sender = self.sender_of(address)
        return sender.role if sender else "owner"

    def facts_of(self, address: str) -> Facts:
        """Return what is known of an address, and the contact."""
        sender = self.sender_of(address)
        return sender.facts.over(self.contact) if sender else self.contact


def _width(sender: Sender) -> int:
    return int(sender.address.partition("/")[2] or 128) if is_network(sender.address) else 128


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are on this machine."""

    config: Path
    lists: Path
    templates: Path
    database: Path
    shared: bool = False


def places(environment: Mapping[str, str]) -> Places:
    """Return where things are: DELIST_HOME moves everything, else /etc/delist, else the user's folders."""
    if home := environment.get("DELIST_HOME"):
        folder = Path(home)
        return _places(folder, folder)
    if SYSTEM_CONFIG.exists():
        return _places(SYSTEM_CONFIG.parent, SYSTEM_STATE, shared=True)
    return _places(*_user_folders(environment))


def _places(config: Path, data: Path, shared: bool = False) -> Places:
    return Places(config / "config.toml", config / "lists.toml", config / "templates", data / "delist.db", shared)


def _user_folders(environment: Mapping[str, str]) -> tuple[Path, Path]:
    # platformdirs costs a tenth of the whole start; on the platforms of servers its answer is two lines.
    if os.name == "posix" and os.uname().sysname != "Darwin":
        home = Path(environment.get("HOME") or Path.home())
        config = environment.get("XDG_CONFIG_HOME") or home / ".config"
        data = environment.get("XDG_DATA_HOME") or home / ".local" / "share"
        return Path(config) / "delist", Path(data) / "delist"
    import platformdirs

    return platformdirs.user_config_path("delist"), platformdirs.user_data_path("delist")


def read(path: Path) -> Settings:
    """Return the settings of a file, the defaults if there is none; raises SetupError with all problems at once."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise SetupError(f"cannot read {path}: {error.strerror}") from None
    try:
        tables = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SetupError(f"{path} is no valid TOML: {error}") from None
    problems = list(_problems(tables))
    if problems:
        raise SetupError(f"{path}: " + "; ".join(problems))
    return _settings(tables)


def _problems(tables: Mapping[str, Any]) -> Iterator[str]:
    for name, value in tables.items():
        if name == "senders":
            yield from _senders_problems(value)
        elif name == "reminders":
            yield from _reminders_problems(value)
        elif name in _tables() and not isinstance(value, dict):
            yield f"{name} must be a [{name}] table"
        elif isinstance(value, dict) and name in _tables():
            yield from _table_problems(f"[{name}] ", name, value)
        else:
            yield from _table_problems("", "", {name: value})


def _tables() -> set[str]:
    return {setting.table for setting in SETTINGS if setting.table}


def _senders_problems(value: Any) -> Iterator[str]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        yield "senders must be written as [[senders]] tables"
        return
    for table in value:
        where = f"[[senders]] {table.get('address', '?')}: "
        yield from _table_problems(where, "senders", table)
        if "address" not in table:
            yield f"{where}'address' is missing"


def _reminders_problems(value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        yield "reminders must be a [reminders] table"
        return
    leads = value.get("leads", {})
    yield from _table_problems("[reminders] ", "reminders", {k: v for k, v in value.items() if k != "leads"})
    if not isinstance(leads, dict):
        yield "[reminders] leads must be a table of list keys"
        return
    for key, lead in leads.items():
        if wrong := _wrong("period", lead):
            yield f"[reminders.leads] {key} {wrong}"


def _table_problems(where: str, table: str, values: Mapping[str, Any]) -> Iterator[str]:
    known = {setting.name: setting for setting in SETTINGS if setting.table == table}
    for name, value in values.items():
        if name not in known:
            near = get_close_matches(name, [*known, *(_tables() if not table else ())], 1)
            yield f"{where}{name!r} is no setting" + (f" (did you mean {near[0]!r}?)" if near else "")
        elif wrong := _wrong(known[name].kind, value):
            yield f"{where}{name} {wrong}"


def _wrong(kind: str, value: Any) -> str | None:
    if kind in _CHOICES:
        return None if value in _CHOICES[kind] else f"must be {' or '.join(_CHOICES[kind])}"
    if kind == "flag":
        return None if isinstance(value, bool) else "must be true or false"
    if not isinstance(value, str) or not value.strip():
        return "must be a text"
    try:
        _READERS[kind](value)
    except (ValueError, KeyError, OSError, UsageError) as error:
        return f"is wrong: {error}" if kind != "zone" else f"names no time zone: {value!r}"
    return None


_READERS: Mapping[str, Any] = {"text": str, "zone": ZoneInfo, "period": parse_period, "network": canonical}


def _settings(tables: Mapping[str, Any]) -> Settings:
    reminders = tables.get("reminders", {})
    return Settings(
        zone=ZoneInfo(tables["timezone"]) if "timezone" in tables else None,
        contact=Facts(**tables.get("contact", {})),
        lead=parse_period(reminders["lead"]) if "lead" in reminders else DEFAULT_LEAD,
        leads={key: parse_period(lead) for key, lead in reminders.get("leads", {}).items()},
        senders=tuple(_sender(table) for table in tables.get("senders", ())),
    )


def _sender(table: Mapping[str, Any]) -> Sender:
    facts = {name: value for name, value in table.items() if name not in ("address", "role")}
    return Sender(canonical(table["address"]), table.get("role", "owner"), Facts(**facts))
