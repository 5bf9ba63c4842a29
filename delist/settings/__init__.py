"""Finds, reads and checks config.toml; one table of settings is loader, checks and manual."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from delist.errors import SetupError
from delist.rules.addresses import canonical
from delist.rules.wording import DETAILS, Facts
from delist.settings import kinds
from delist.settings.checks import check_lists, problems
from delist.settings.manual import SETTINGS, Setting, settings_of
from delist.settings.paths import Places, places
from delist.settings.values import Dns, Inbox, Login, Measuring, Notify, Sender, Settings, Use

__all__ = [
    "SETTINGS",
    "Dns",
    "Inbox",
    "Login",
    "Measuring",
    "Notify",
    "Places",
    "Sender",
    "Setting",
    "Settings",
    "Use",
    "check_lists",
    "places",
    "read",
]

_FACTS = frozenset(field.name for field in fields(Facts))


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
    found = list(problems(tables))
    if found:
        raise SetupError(f"{path}: " + "; ".join(found))
    return _settings(tables, path.parent)


def _settings(tables: Mapping[str, Any], folder: Path) -> Settings:
    top = {"zone": _read("", tables)["timezone"]} if "timezone" in tables else {}
    own = _read("own", tables.get("own", {}))
    return Settings(
        contact=Facts(**_facts(tables.get("contact", {}))),
        details=_details(tables.get("contact", {})),
        senders=tuple(_sender(table) for table in tables.get("senders", ())),
        use=_use(_read("use", tables.get("use", {}))),
        dns=Dns(**_read("dns", tables.get("dns", {}))),
        evidence=Measuring(**_read("evidence", tables.get("evidence", {}))),
        own=own.get("addresses", ()),
        instances=own.get("instances", {}),
        inbox=_inbox(_placed("inbox", tables, folder)),
        notify=_notify(_read("notify", tables.get("notify", {}))),
        **_relay(_placed("smtp", tables, folder)),
        **_placed("run", tables, folder),
        **top,
        **_read("reminders", tables.get("reminders", {})),
    )


_LOGIN = frozenset(field.name for field in fields(Login))


def _placed(table: str, tables: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the values of a table; its paths count from the folder of the config file, wherever one is run."""
    known, found = settings_of(table), _read(table, tables.get(table, {}))
    one = {name: _place(value, folder) for name, value in found.items() if known[name].kind == "path"}
    many = {name: tuple(_place(each, folder) for each in found[name]) for name in found if known[name].kind == "paths"}
    return {**found, **one, **many}


def _place(path: str, folder: Path) -> str:
    return str(folder / Path(path).expanduser())


def _inbox(values: dict[str, Any]) -> Inbox:
    login = {name: values.pop(name) for name in _LOGIN & values.keys()}
    return Inbox(login=Login(**login), **values)


def _relay(values: dict[str, Any]) -> dict[str, Any]:
    sendmail = values.pop("sendmail", "")
    return {"smtp": Login(**{"security": "starttls", **values}), "sendmail": sendmail}


def _notify(values: dict[str, Any]) -> Notify:
    return Notify(sender=values.pop("from", ""), **values)


def _use(values: dict[str, Any]) -> Use:
    return Use(**{**values, "registered": frozenset(values.get("registered", ()))})


def _read(table: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a table that has no problems, those of the tables inside it too."""
    known = settings_of(table)
    values = {name: kinds.read(known[name].kind, value) for name, value in found.items() if name in known}
    for name in (found.keys() - known.keys()) if table else ():
        (chosen,) = settings_of(f"{table}.{name}").values()
        values[name] = {key: kinds.read(chosen.kind, value) for key, value in found[name].items()}
    return values


def _facts(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name in _FACTS}


def _details(table: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in table.items() if name in DETAILS}


def _sender(table: Mapping[str, Any]) -> Sender:
    selectors = tuple(dict.fromkeys(table.get("selectors", ())))
    address, role = canonical(table["address"]), table.get("role", "owner")
    return Sender(address, role, Facts(**_facts(table)), selectors, _details(table))
