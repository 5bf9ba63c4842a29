"""Writes what a calendar tells as iCalendar (RFC 5545), for calendar programs to import or to read again and again."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from delist.errors import SetupError
from delist.rules.dates import Ending, How, Part, Told

# A component of the library; it is imported late, so that its types have no names here.
_Component = Any
_AGAIN = timedelta(hours=12)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - of a zone whose own time this is


def make_sure() -> None:
    """Raise SetupError where the library that writes calendars is missing."""
    try:
        import icalendar  # noqa: F401 - to see whether it is there
    except ImportError:
        raise SetupError("a calendar needs one more package: pip install 'delist[calendar]'") from None


def written(told: Iterable[Told], name: str) -> str:
    """Return the calendar of that name with these dates: lines that end with CR LF, 75 octets at most."""
    calendar = _calendar(name)
    for each in told:
        calendar.add_component(_event(each) if each.date.part is Part.EVENT else _task(each))
    if not calendar.subcomponents:
        calendar.add_component(_zone())
    octets: bytes = calendar.to_ical()
    return octets.decode()


def _calendar(name: str) -> _Component:
    from icalendar import Calendar, vDuration, vText

    calendar = Calendar()
    calendar.add("prodid", "-//delist//delist//EN")
    calendar.add("version", "2.0")
    # No METHOD: one that publishes must name an organizer (RFC 5546, 3.2.1).
    # As vText: of these two the library knows no type, and would escape nothing.
    calendar.add("name", vText(name))
    calendar.add("x-wr-calname", vText(name))
    calendar.add("refresh-interval", vDuration(_AGAIN), {"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_AGAIN))
    return calendar


def _zone() -> _Component:
    """Return a time zone: a calendar without any component is none by RFC 5545 (3.6), and some readers refuse it."""
    from icalendar import Timezone, TimezoneStandard

    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", "Etc/UTC")
    standard.add("dtstart", _EPOCH)
    standard.add("tzoffsetfrom", timedelta())
    standard.add("tzoffsetto", timedelta())
    zone.add_component(standard)
    return zone


def _event(told: Told) -> _Component:
    from icalendar import Event

    event, date = Event(), told.date
    _add_common(event, told)
    event.add("dtstart", date.day)
    event.add("dtend", date.day + timedelta(days=1))
    # A day on which something ends keeps nobody busy.
    event.add("transp", "TRANSPARENT")
    if told.ending is not None:
        event.add("status", "CANCELLED")
        return event
    event.add("status", "TENTATIVE" if date.provisional else "CONFIRMED")
    event.add_component(_alarm(told, "START"))
    return event


def _task(told: Told) -> _Component:
    from icalendar import Todo

    task, date = Todo(), told.date
    _add_common(task, told)
    if date.begins is not None:
        task.add("dtstart", date.begins)
    task.add("due", date.due_at or date.day)
    if told.ending is None:
        task.add("status", "NEEDS-ACTION")
        # Related to the end, since a task need not have a start.
        task.add_component(_alarm(told, "END"))
    else:
        _end(task, told.ending)
    return task


def _end(task: _Component, ending: Ending) -> None:
    if ending.how is How.CANCELLED:
        task.add("status", "CANCELLED")
        return
    task.add("status", "COMPLETED")
    task.add("percent-complete", 100)
    if ending.at is not None:
        task.add("completed", ending.at)


def _add_common(component: _Component, told: Told) -> None:
    date = told.date
    component.add("uid", date.uid)
    # When it was last told otherwise, not when it was written: two looks without a change are the same to the octet.
    component.add("dtstamp", told.changed_at)
    component.add("last-modified", told.changed_at)
    component.add("sequence", told.sequence)
    component.add("summary", date.words.summary)
    component.add("description", date.words.description)
    if date.words.category:
        component.add("categories", [date.words.category])
    if date.words.url:
        component.add("url", date.words.url)


def _alarm(told: Told, related: str) -> _Component:
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", told.date.words.summary)
    alarm.add("trigger", told.date.alarm, {"RELATED": related})
    return alarm
