"""Addresses, and everything about one, as lines and as JSON."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from delist.actions.addresses import Forgotten
from delist.actions.views import AddressView
from delist.rules.listings import Episode
from delist.show import mails, reminders
from delist.show.requests import as_json, entry_json, history, listing
from delist.show.words import clock, day, instant, many, moment_fields, one_line, table, when
from delist.store.reads import Draft, KnownAddress


def address_json(known: KnownAddress) -> dict[str, Any]:
    """Return a recorded address for scripts."""
    return {
        "address": known.address,
        "uid": known.uid,
        "site": known.site,
        "domain": known.domain,
        "label": known.label,
        "owner": known.owner,
        "added_at": instant(known.added_at),
        "retired_on": day(known.retired_on),
    }


def addresses(found: Iterable[KnownAddress]) -> list[str]:
    """Return the table of recorded addresses."""
    header = ("ADDRESS", "SITE", "DOMAIN", "LABEL", "OWNER", "RETIRED")
    rows = ((a.address, a.site, a.domain, a.label, a.owner, a.retired_on) for a in found)
    return table(header, ([one_line(str(cell)) if cell else None for cell in row] for row in rows))


def episode_json(key: str, episode: Episode) -> dict[str, Any]:
    """Return a listing episode for scripts."""
    return {
        "uid": episode.uid,
        "list": key,
        "code": episode.code,
        "source": str(episode.source),
        **moment_fields("started", episode.started),
        **moment_fields("last_seen", episode.last),
        **moment_fields("ended", episode.ended),
        "reason": episode.reason,
    }


def draft_json(key: str, draft: Draft) -> dict[str, Any]:
    """Return a draft for scripts."""
    contact = {"name": draft.name, "email": draft.email}
    written = instant(draft.written_at)
    return {
        "list": key,
        "template": draft.template,
        "contact": contact,
        "written_at": written,
        "text": draft.text,
        "claims": list(draft.claims),
    }


def view_json(view: AddressView, zone: ZoneInfo) -> dict[str, Any]:
    """Return everything about an address for scripts."""
    return {
        **address_json(view.known),
        "requests": [as_json(each) for each in view.requests],
        "drafts": [draft_json(key, draft) for key, draft in view.drafts],
        "listings": [episode_json(key, episode) for key, episode in view.listings],
        "reminders": [reminders.as_json(each, view.moment, zone) for each in view.reminders],
        "history": [entry_json(entry) for entry in view.history],
        "mails": [mails.mail_json(each) for each in view.mails],
    }


def address(view: AddressView, zone: ZoneInfo) -> list[str]:
    """Return everything about an address for people."""
    known = view.known
    named = ((name, getattr(known, name)) for name in ("site", "domain", "label", "owner"))
    about = [f"{name} {one_line(text)}" for name, text in named if text]
    retired = [f"retired {known.retired_on}"] if known.retired_on else []
    lines = [", ".join([known.address, *about, *retired])]
    sections = (
        ("Requests:", listing(view.requests, zone)),
        ("Drafts:", [f"{key}, written {clock(draft.written_at, zone)}" for key, draft in view.drafts]),
        ("Listings:", [_episode(key, episode, zone) for key, episode in view.listings]),
        ("Mails:", mails.section(view.mails, zone)),
        ("Reminders:", reminders.lines(view.reminders, view.moment, zone, each=True)),
    )
    for title, section in sections:
        lines += ["", title, *(f"  {line}" for line in section)] if section else []
    return lines + history(view.history, zone)


def _episode(key: str, episode: Episode, zone: ZoneInfo) -> str:
    end = f"until {when(episode.ended, zone)}" if episode.ended else f"still, last seen {when(episode.last, zone)}"
    reason = f": {one_line(episode.reason)}" if episode.reason else ""
    return f"{key} from {when(episode.started, zone)} {end} ({episode.source}){reason}"


def forgotten(gone: Forgotten) -> str:
    """Return the line that says what was destroyed."""
    entries = many(gone.entries, "history entry", "history entries")
    return f"forgotten: {gone.address}, {many(gone.requests, 'request')}, {entries}"
