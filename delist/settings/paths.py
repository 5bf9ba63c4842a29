"""Where things are on this machine: DELIST_HOME, /etc/delist, or the user's folders."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SYSTEM_CONFIG = Path("/etc/delist/config.toml")
SYSTEM_STATE = Path("/var/lib/delist")


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
