"""What is wrong with a config file: all of it at once, unknown names with the nearest known one."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from delist.errors import SetupError
from delist.settings.kinds import SECRET, wrong
from delist.settings.manual import TABLES, settings_of
from delist.settings.values import Settings

_CHANNEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}", re.ASCII)


def problems(tables: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the tables of a config file, a phrase a problem."""
    for name, value in tables.items():
        if name == "senders":
            yield from _senders_problems(value)
        elif name in TABLES:
            yield from _table_problems(name, value)
        else:
            yield from _values_problems("", "", {name: value})
    yield from _recipients_problems(tables.get("notify"))
    yield from _inbox_problems(tables.get("inbox"))


def _recipients_problems(notify: Any) -> Iterator[str]:
    """Yield each recipient that is neither a mail address nor the name of a channel."""
    if not isinstance(notify, dict):
        return
    channels, owners = ({**_dict(notify.get(name))} for name in ("channels", "owners"))
    if not all(map(_CHANNEL.fullmatch, channels)):
        # Who has swapped name and URL must not find the URL in a log.
        yield '[notify.channels] a name must be a plain word: write it as pager = "URL"'
        return
    named = [("to", notify.get("to")), ("second", notify.get("second")), *owners.items()]
    for where, names in named:
        for name in names if isinstance(names, list) else ():
            if isinstance(name, str) and not {"@", ":"} & {*name} and name not in channels:
                near = get_close_matches(name, channels, 1)
                hint = f" (did you mean {near[0]!r}?)" if near else ""
                yield f"[notify] {where}: {name!r} is no mail address and names no channel{hint}"


def _inbox_problems(inbox: Any) -> Iterator[str]:
    named = _dict(inbox)
    if "path" in named and "host" in named:
        yield "[inbox] path and host: mails are read from the one or the other"
    for table, other in (("host", "user"), ("user", "host")):
        if table in named and other not in named and "path" not in named:
            yield f"[inbox] {other} is missing"


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _senders_problems(value: Any) -> Iterator[str]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        yield "senders must be written as [[senders]] tables"
        return
    spelled = [str(table.get("address")) for table in value if "address" in table]
    for twice in sorted({each for each in spelled if spelled.count(each) > 1}):
        yield f"[[senders]] {twice} is there {spelled.count(twice)} times: make one of them"
    for table in value:
        where = f"[[senders]] {table.get('address', '?')}: "
        yield from _values_problems(where, "senders", table)
        if "address" not in table:
            yield f"{where}'address' is missing"


def _table_problems(name: str, value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{name} must be a [{name}] table"
        return
    inner = {key for key in value if f"{name}.{key}" in TABLES}
    yield from _values_problems(f"[{name}] ", name, {key: value[key] for key in value if key not in inner})
    for key in sorted(inner):
        yield from _chosen_problems(name, key, value[key])


def _chosen_problems(table: str, name: str, value: Any) -> Iterator[str]:
    """Yield what is wrong with a table whose keys the operator chooses."""
    (setting,) = settings_of(f"{table}.{name}").values()
    if not isinstance(value, dict):
        yield f"[{table}] {name} must be a [{table}.{name}] table"
        return
    for key, each in value.items():
        if found := wrong(setting.kind, each):
            # Who has swapped name and key must not find the key in a log: names of keys are told only once known.
            where = f"[{table}.{name}]" + (f" {key}" if setting.kind not in SECRET else " a value")
            yield f"{where} {found}"


def _values_problems(where: str, table: str, values: Mapping[str, Any]) -> Iterator[str]:
    known = settings_of(table)
    inner = [each.removeprefix(f"{table}.") for each in TABLES if each.startswith(f"{table}.")] if table else TABLES
    for name, value in values.items():
        if name not in known:
            near = get_close_matches(name, [*known, *inner], 1)
            yield f"{where}{name!r} is no setting" + (f" (did you mean {near[0]!r}?)" if near else "")
        elif found := wrong(known[name].kind, value):
            yield f"{where}{name} {found}"


def check_lists(path: Path, settings: Settings, keys: Callable[[], Collection[str]]) -> None:
    """Raise SetupError with every list and operator that the settings name and the catalogue (its `keys`) lacks.

    The keys are asked for only if the settings name any: most commands need not read the operator's lists.toml.
    """
    use = settings.use
    if not (settings.leads or use.registered or use.queries_per_day or use.keys):
        return
    known = keys()
    found = [*_unknown_lists(settings, known), *_unknown_operators(use.keys, known)]
    if found:
        raise SetupError(f"{path}: " + "; ".join(found))


def _unknown_lists(settings: Settings, keys: Collection[str]) -> Iterator[str]:
    named: tuple[tuple[str, Iterable[str]], ...] = (
        ("[reminders.leads]", settings.leads),
        ("[use] registered:", sorted(settings.use.registered)),
        ("[use.queries_per_day]", settings.use.queries_per_day),
    )
    for where, chosen in named:
        for key in chosen:
            if key not in keys:
                near = get_close_matches(key, keys, 1)
                yield f"{where} {key!r} is no list" + (f" (did you mean {near[0]!r}?)" if near else "")


def _unknown_operators(named: Iterable[str], keys: Collection[str]) -> Iterator[str]:
    for name in named:
        if any(key == name or key.startswith(f"{name}-") for key in keys):
            continue
        near = get_close_matches(name, {key.partition("-")[0] for key in keys}, 1)
        # A name that is like none may be the key itself, written on the wrong side.
        told = f"{name!r} begins no list's key (did you mean {near[0]!r}?)" if near else "a name begins no list's key"
        yield f'[use.keys] {told}: write it as spamhaus = "KEY"'
