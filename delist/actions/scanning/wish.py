"""What a person wants of a scan."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from delist.rules import addresses as ip
from delist.tools import Tools

# Clocks differ; what is further ahead of now than that has not happened yet, whatever the log says.
AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is read and what is kept of it. No `files`: this host's logs, or its journal.

    `since` and `log_ends` are UTC instants; `own` are canonical addresses and networks beside those of the settings;
    `host` names whose logs these are, and picks its lines where the log holds those of several.
    """

    files: tuple[str, ...] = ()
    new: bool = False
    record: bool = False
    dry_run: bool = False
    since: datetime | None = None
    log_ends: datetime | None = None
    receiver: str | None = None
    host: str | None = None
    own: tuple[str, ...] = ()
    follow: bool = False

    def is_of_host(self, name: str) -> bool:
        """Whether what a host logged is wanted: a log without host names is of the host that was named."""
        return not self.host or not name or is_same_host(name, self.host)

    @property
    def purpose(self) -> str:
        """For what new lines are read: those that were only shown are still new to whoever records them."""
        return "record" if self.record else "show"


def is_same_host(one: str, other: str) -> bool:
    """Whether two names are a host's: the full one and the first label of it are."""
    short = "." not in one or "." not in other
    return one.lower() == other.lower() or (short and one.partition(".")[0].lower() == other.partition(".")[0].lower())


def one_name_each(names: Iterable[str]) -> dict[str, str]:
    """Return for each name, as a log has it, one for its host: the full one, where just one of them begins with it."""
    full: dict[str, set[str]] = {}
    for name in map(str.lower, names := tuple(names)):
        if "." in name:
            full.setdefault(name.partition(".")[0], set()).add(name)
    return {
        name: next(iter(found)) if len(found := full.get(name.lower(), ())) == 1 else name.lower() for name in names
    }


class Own:
    """Which addresses are ours: the declared and the `recorded` ones; all that replies name if none is declared."""

    def __init__(self, tools: Tools, wish: Wish, recorded: Iterable[str]) -> None:
        self.declared = tuple(dict.fromkeys((*wish.own, *tools.settings.own)))
        self._recorded = frozenset(recorded)
        self._instances = tools.settings.instances
        self._known: dict[str, bool] = {}

    @property
    def only(self) -> str | None:
        """The one address there is, if just one was declared."""
        single = len(self.declared) == 1 and not ip.is_network(self.declared[0])
        return self.declared[0] if single else None

    def covers(self, address: str) -> bool:
        """Whether an address is declared to be ours or recorded, or nothing is declared."""
        if address not in self._known:
            is_declared = not self.declared or any(ip.contains(each, address) for each in self.declared)
            self._known[address] = is_declared or address in self._recorded
        return self._known[address]

    def stated(self, host: str, instance: str) -> str | None:
        """Return the address from which an instance on a host sends, as the settings say."""
        names = (f"{host}/{instance}", instance, host)
        return next((self._instances[name] for name in names if name in self._instances), None)

    def of(self, host: str, instance: str) -> str | None:
        """Return the same, else the only address that was declared."""
        return self.stated(host, instance) or self.only
