"""The catalogue as lines and as JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

from delist.actions.views import ListView
from delist.rules.lists import ANY_USE, Confidence, ListEntry, Scope, Terms, Who, WindowKind, WindowRule, Zone
from delist.rules.windows import ENOUGH_FOR_THE_LIST, Observation
from delist.show.words import day, span, table


def overview(entries: Iterable[ListEntry]) -> list[str]:
    """Return the table of all entries; dead ones say since when."""
    header = ("KEY", "NAME", "KIND", "WHO ASKS", "HOW", "SUPPORT")
    return table(header, (_row(entry) for entry in entries))


def _row(entry: ListEntry) -> Sequence[object]:
    how = f"closed {entry.closed}" if entry.closed else entry.removal.mode
    return entry.key, entry.name, entry.kind, entry.who, how, entry.confidence


def overview_json(entries: Iterable[ListEntry]) -> dict[str, Any]:
    """Return all entries for scripts."""
    return {"lists": [entry_json(entry) for entry in entries]}


def view(view_: ListView) -> list[str]:
    """Return what a person needs to know before they ask, in about ten lines."""
    entry = view_.entry
    title = f"{entry.name} ({entry.key}), {entry.kind} of {entry.operator}" + (
        f": {entry.about}" if entry.about else ""
    )
    zones = [f"zone: {_zones(view_.zones)}"] if view_.zones else []
    if entry.closed:
        return [title, f"closed: {entry.closed}", *zones, _sources(entry)]
    lines = [title, f"who: {_WHO[entry.who]}; lists {_SCOPES[entry.scope]}", f"how: {_how(entry)}"]
    lines += [f"look up: {entry.look_up}"] if entry.look_up else []
    lines += [f"steps: {_steps(entry)}", f"text: {_wants(entry)}"]
    lines += [f"window: {'; '.join(map(_window, entry.windows))}"] if entry.windows else []
    lines += [_own(view_.own)] if view_.own else []
    lines += [f"note: {' '.join(entry.advice)}"] if entry.advice else []
    lines += [*zones, *_terms_of(view_.zones)]
    return [*lines, *([_sources(entry)] if entry.sources else [])]


_SCOPES = {
    Scope.ADDRESS: "single addresses",
    Scope.PREFIX: "IPv4 addresses, IPv6 /64s",
    Scope.RANGE: "ranges",
    Scope.NETWORK: "whole networks",
    Scope.TENANT: "whole customers",
}
_WHO = {
    Who.OWNER: "whoever runs the address",
    Who.PROVIDER: "the provider only",
    Who.ANYONE: "anyone",
    Who.NOBODY: "nobody",
}


def _how(entry: ListEntry) -> str:
    places = " or ".join(filter(None, (entry.removal.url, entry.removal.mail)))
    seen = f" (seen {entry.removal.fields_seen})" if entry.removal.fields_seen else ""
    fields = f"; asks {', '.join(entry.removal.fields)}{seen}" if entry.removal.fields else ""
    return ", ".join(filter(None, (str(entry.removal.mode), places))) + fields


def _steps(entry: ListEntry) -> str:
    first = [f"first {' and '.join(entry.waits_for)}"] if entry.waits_for else []
    return "; ".join([*first, *waits(entry)]) or "nothing to file"


def waits(entry: ListEntry) -> list[str]:
    """Return what follows a request, and how long each part of it takes."""
    parts = []
    if entry.confirm_within:
        step = entry.removal.confirmation.rstrip(".") or "a last step follows"
        parts.append(f"{step} (chased after {span(entry.confirm_within)})")
    if entry.answer_within:
        parts.append(f"an answer within {span(entry.answer_within)}")
    if entry.effect_within:
        parts.append(f"off the list within {span(entry.effect_within)}")
    elif entry.can_be_asked:
        parts.append(f"how long it takes is not known: look after {span(entry.look_after)}")
    return parts


def _window(window: WindowRule) -> str:
    seen = f", seen {window.seen}" if window.seen else ""
    words = {
        WindowKind.EXCLUSION_ENDS: f"an exclusion ends after {span(window.after)}",
        WindowKind.EXPECTED_CLEAR: f"a listing expires {span(window.after)} after it was last seen",
        WindowKind.KEEP_ALIVE: f"to be renewed every {span(window.after)}",
    }
    return f"{words[window.kind]} ({window.basis}{seen}; {window.source}{_support(window.confidence)})"


def _support(confidence: Confidence) -> str:
    return f"; {confidence} confidence" if confidence is not Confidence.HIGH else ""


def _own(own: Sequence[Observation]) -> str:
    told = ", ".join(f"{span(each.after)} (request {each.number}, {each.address})" for each in own[:5])
    more = f" and {len(own) - 5} more" if len(own) > 5 else ""
    scope = "the whole list" if len(own) >= ENOUGH_FOR_THE_LIST else "addresses of the same site"
    return f"own: relisted after {told}{more}; counts for {scope}"


def _wants(entry: ListEntry) -> str:
    if not entry.removal.wants_text:
        return "none wanted"
    needs = f"; cannot do without {', '.join(entry.requires)}" if entry.requires else ""
    return f"{entry.removal.language}, best with {', '.join(entry.wants) or 'your own words'}{needs}"


def _zones(zones: Iterable[Zone]) -> str:
    told = []
    for zone in zones:
        closed = f" (dead since {zone.closed})" if zone.closed else ""
        told.append(f"{zone.name}{closed}")
    return ", ".join(told)


def _terms_of(zones: Iterable[Zone]) -> list[str]:
    """Return a line for each terms that living zones have, with their names where the terms differ."""
    living = [zone for zone in zones if zone.closed is None]
    found = dict.fromkeys(zone.terms for zone in living)
    names = {terms: ", ".join(zone.name for zone in living if zone.terms == terms) for terms in found}
    shown = [terms for terms in found if terms != ANY_USE]
    return [f"terms{f' of {names[terms]}' if len(found) > 1 else ''}: {_terms(terms)}" for terms in shown]


def _terms(terms: Terms) -> str:
    parts = [] if terms.commercial else ["no commercial use"]
    if terms.queries_per_day is not None:
        parts.append(f"at most {terms.queries_per_day:,} queries a day")
    if terms.queries_per_second is not None:
        parts.append(f"at most {terms.queries_per_second:,.10g} queries a second")
    parts += ["register first"] if terms.register else []
    return "; ".join(parts or ["any use"]) + (f" ({terms.source})" if terms.source else "")


def _sources(entry: ListEntry) -> str:
    told = [f"{s.url} ({s.checked}{_support(s.confidence)})" for s in entry.sources]
    return f"source: {', '.join(told)}"


def entry_json(entry: ListEntry) -> dict[str, Any]:
    """Return an entry for scripts."""
    removal = entry.removal
    return {
        "key": entry.key,
        "name": entry.name,
        "operator": entry.operator,
        "kind": str(entry.kind),
        "scope": str(entry.scope),
        "who": str(entry.who),
        "default": entry.default,
        "about": entry.about,
        "advice": list(entry.advice),
        "removal": {
            "mode": str(removal.mode),
            "url": removal.url,
            "mail": removal.mail,
            "fields": list(removal.fields),
            "fields_seen": day(removal.fields_seen),
            "wants_text": removal.wants_text,
            "language": removal.language,
            "confirmation": removal.confirmation or None,
        },
        "look_up": entry.look_up,
        "waits_for": list(entry.waits_for),
        "confirm_within": str(entry.confirm_within) if entry.confirm_within else None,
        "effect_within": str(entry.effect_within) if entry.effect_within else None,
        "answer_within": str(entry.answer_within) if entry.answer_within else None,
        "lead": str(entry.lead) if entry.lead else None,
        "wants": list(entry.wants),
        "requires": list(entry.requires),
        "reopens": list(entry.reopens),
        "windows": [_window_json(window) for window in entry.windows],
        "sources": [
            {"url": s.url, "checked": day(s.checked), "confidence": str(s.confidence), "says": s.says or None}
            for s in entry.sources
        ],
        "confidence": str(entry.confidence),
        "closed": day(entry.closed),
    }


def _window_json(window: WindowRule) -> dict[str, Any]:
    return {
        "after": str(window.after),
        "from": str(window.origin),
        "kind": str(window.kind),
        "basis": str(window.basis),
        "source": window.source,
        "seen": day(window.seen),
        "confidence": str(window.confidence),
    }


def view_json(view_: ListView) -> dict[str, Any]:
    """Return an entry for scripts, with its zones and own observations."""
    own = [{"request": o.number, "address": o.address, "after": str(o.after), "days": o.days} for o in view_.own]
    return {**entry_json(view_.entry), "zones": [_zone_json(zone) for zone in view_.zones], "own": own}


def _zone_json(zone: Zone) -> dict[str, Any]:
    terms = zone.terms
    return {
        "zone": zone.name,
        "closed": day(zone.closed),
        "died": zone.died or None,
        "terms": {
            "commercial": terms.commercial,
            "queries_per_day": terms.queries_per_day,
            "queries_per_second": terms.queries_per_second,
            "register": terms.register,
            "source": terms.source or None,
        },
    }
