"""Where this program, its configuration and its database are, as those who start it by themselves have to know."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from delist import __version__
from delist.errors import DelistError
from delist.maillog import host
from delist.maillog.sources import paths_of
from delist.tools import Tools

# Who keeps the database for everybody on a machine, and where.
USER = "delist"
CONFIG, STATE = Path("/etc/delist"), Path("/var/lib/delist")
# Groups that may read the files of logs, and the journal, where distributions have them.
_READERS = ("adm", "systemd-journal")
# Services do not see these folders if they are hardened (ProtectHome, PrivateTmp).
_HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - nothing is written there


@dataclass(frozen=True, slots=True)
class Installation:
    """What there is on this machine.

    `home` is DELIST_HOME, if that is set; `is_shared` whether configuration and database are those of everybody here,
    or will be once /etc/delist/config.toml is there; `named_database` what was named beside the configuration.
    `named` are files and folders that the configuration names, `named_logs` the words of its [run] logs. `groups` may
    read the logs, `unreadable` are logs that no such group reads. `minute` and `hour` differ from machine to machine
    and not from day to day.
    """

    program: tuple[str, ...]
    config: Path
    database: Path
    home: Path | None
    is_shared: bool
    named_database: Path | None
    user: str
    has_user: bool
    groups: tuple[str, ...]
    logs: tuple[str, ...]
    unreadable: tuple[str, ...]
    named: tuple[Path, ...]
    mailto: str
    sends_by_program: bool
    environment: Mapping[str, str]
    minute: int
    hour: int
    named_logs: tuple[str, ...] = ()
    version: str = __version__

    @property
    def hidden(self) -> tuple[Path, ...]:
        """What a hardened service would not see of what it needs."""
        own = (self.home, self.named_database) if not self.is_own else ()
        paths = (Path(self.program[0]), *own, *self.named, *map(Path, self.named_logs))
        return tuple(path for path in paths if path and str(path).startswith(tuple(f"{each}/" for each in _HIDDEN)))

    @property
    def beside(self) -> tuple[Path, ...]:
        """What goes with the configuration where it goes: lists and templates of one's own, files that it names."""
        folder = self.config.parent
        own = (folder / "lists.toml", folder / "templates")
        inside = (path for path in self.named if path.parent == folder)
        return tuple(path for path in dict.fromkeys((*own, *inside)) if path.exists())

    @property
    def is_own(self) -> bool:
        """Whether configuration and database belong to one person, so that no service uses them."""
        return not self.is_shared and self.home is None


def installation(tools: Tools, environment: Mapping[str, str], logs: tuple[str, ...] | None = None) -> Installation:
    """Return what there is on this machine; `logs` are its mail logs, by default those that `delist run` reads."""
    home = environment.get("DELIST_HOME")
    files = _logs(tools) if logs is None else logs
    usual = (STATE if tools.places.shared else tools.places.database.parent) / tools.places.database.name
    seed = crc32(os.uname().nodename.encode())
    return Installation(
        program=_program(),
        config=tools.places.config.absolute(),
        database=tools.database.absolute(),
        home=Path(home).absolute() if home else None,
        is_shared=tools.places.shared,
        named_database=tools.database.absolute() if tools.database != usual else None,
        user=tools.by,
        has_user=_exists("pwd", USER),
        groups=tuple(_groups(files)),
        logs=files,
        unreadable=tuple(path for path in files if _reader(path) is None),
        named=tuple(map(Path, filter(None, _named(tools)))),
        mailto=tools.settings.contact.email or "",
        sends_by_program=_sends_by_program(tools),
        environment={name: environment[name] for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME") if name in environment},
        minute=1 + seed % 58,
        hour=2 + seed // 58 % 4,
        named_logs=tools.settings.logs,
    )


def _logs(tools: Tools) -> tuple[str, ...]:
    """Return the files of the mail logs; what is named and cannot be found, as it is named."""
    named = tools.settings.logs
    try:
        return tuple(paths_of(named) if named else host.files())
    except DelistError:
        return named


def _program() -> tuple[str, ...]:
    """Return the words that start this program, without following a virtual environment's links out of it."""
    beside = Path(sys.executable).absolute().with_name("delist")
    if beside.exists():
        return (str(beside),)
    found = shutil.which("delist")
    return (os.path.abspath(found),) if found else (os.path.abspath(sys.executable), "-m", "delist")


def _named(tools: Tools) -> tuple[str, ...]:
    found = tools.settings
    return (found.inbox.path, found.inbox.login.password_file, found.smtp.password_file)


def _sends_by_program(tools: Tools) -> bool:
    """Whether notices go out through the local sendmail program."""
    told = tools.settings.notify
    recipients = [*(told.to or (tools.settings.contact.email or "",)), *told.second, *sum(told.owners.values(), ())]
    return not tools.settings.smtp.host and any("@" in each for each in recipients)


def _groups(files: tuple[str, ...]) -> Iterator[str]:
    of_files = {group for path in files if (group := _reader(path))}
    yield from sorted(of_files.union(each for each in _READERS if _exists("grp", each)) - {"root", ""})


def _reader(path: str) -> str | None:
    """Return the group that reads a log: "" where everybody does, None where only its owner does."""
    try:
        found = os.stat(path)
    except OSError:
        return ""
    if found.st_mode & stat.S_IROTH:
        return ""
    return _group_name(found.st_gid) if found.st_mode & stat.S_IRGRP and found.st_gid else None


def _group_name(number: int) -> str | None:
    import grp

    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return None


def _exists(kind: str, name: str) -> bool:
    import grp
    import pwd

    try:
        pwd.getpwnam(name) if kind == "pwd" else grp.getgrnam(name)
    except KeyError:
        return False
    return True
