"""By which way a person is told: who they are, from which addresses mail leaves, and the way round where it may not."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from ipaddress import ip_address

from delist import machine
from delist.actions.desk import Desk
from delist.errors import NotFound, SetupError
from delist.rules.addresses import is_network, overlap
from delist.rules.lists import ListKind
from delist.rules.notices.grouping import Circle
from delist.rules.notices.values import Item, Listed
from delist.settings import Settings
from delist.store import reads

SENDMAIL = "/usr/sbin/sendmail"
_BLOCKING = frozenset({ListKind.BLOCK, ListKind.RECEIVER})


def circle(settings: Settings) -> Circle:
    """Return who is told; raises SetupError where nobody is named at all."""
    named = settings.notify
    email = settings.contact.email
    found = Circle(named.to or ((email,) if email else ()), named.owners)
    if not found.to and not found.owners:
        raise _nobody("nobody is named who could be told")
    return found


def unreached(items: Iterable[Item], told: Circle) -> str | None:
    """Return the sentence for things that concern nobody, None if there are none."""
    for item in items:
        if not told.of(item.place.owner if item.place else None):
            what = item.place.address if item.place else "what delist does by itself"
            return str(_nobody(f"nobody is named who could be told of {what}"))
    return None


def _nobody(why: str) -> SetupError:
    return SetupError(f"{why}: set [notify] to, or [contact] email, in config.toml")


def is_mail(name: str) -> bool:
    """Whether a recipient is a mail address, and not the name of a channel."""
    return "@" in name


def sender(settings: Settings) -> str:
    """Return the address from which notices come; raises SetupError if there is none."""
    found = settings.notify.sender or settings.contact.email
    if not found:
        raise SetupError("notices by mail need a sender: set [notify] from, or [contact] email, in config.toml")
    return found


def way_round(settings: Settings, recipient: str) -> tuple[str, ...]:
    """Return whom to tell where mail to a person may not arrive; none if nobody else is named."""
    return tuple(name for name in settings.notify.second if name != recipient)


def everybody(settings: Settings, only: str | None) -> tuple[str, ...]:
    """Return every recipient and channel that is named, or the one of them that is asked for.

    A mail address that is asked for need not be named. Raises NotFound for the name of no channel, SetupError where
    nobody is named.
    """
    named = settings.notify
    if only is not None:
        if not is_mail(only) and only not in named.channels:
            near = get_close_matches(only, named.channels, 1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise NotFound(f"{only!r} is no mail address and names no channel of [notify.channels]{hint}")
        return (only,)
    owners = [name for names in named.owners.values() for name in names]
    return tuple(dict.fromkeys((*circle(settings).to, *owners, *named.second, *named.channels)))


def listed_relay(desk: Desk) -> tuple[Listed, ...]:
    """Return the addresses from which the relay sends and that are on a list now, as far as is on record."""
    leaving = _leaving_from(desk.tools.settings)
    if not leaving:
        return ()
    found = [
        Listed(each, entry.name)
        for address, key, _, _ in reads.listed_now(desk.tx)
        if (entry := desk.tools.catalogue.get(key)).kind in _BLOCKING
        for each in leaving
        if overlap(address, each)
    ]
    return tuple(dict.fromkeys(found))


def _leaving_from(settings: Settings) -> tuple[str, ...]:
    if settings.notify.sends_from:
        return settings.notify.sends_from
    return tuple(dict.fromkeys(_of_this_host(settings))) if _is_here(settings.smtp.host) else ()


def _of_this_host(settings: Settings) -> Iterator[str]:
    yield from machine.own_addresses()
    yield from (each for each in settings.own if not is_network(each))


def _is_here(host: str) -> bool:
    """Whether a relay is on this host: none is named, or one of its own addresses. Names are not looked up."""
    if host in ("", "localhost"):
        return True
    try:
        at = ip_address(host)
    except ValueError:
        return False
    return at.is_loopback or str(at) in machine.all_addresses()


def label(recipient: str, names: Sequence[str]) -> str:
    """Return in a few words by which way a person was told."""
    return ", ".join("mail" if name == recipient and is_mail(name) else name for name in names)
