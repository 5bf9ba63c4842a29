"""A strict reader of calendars, by the grammar of RFC 5545 alone: what it refuses, some program refuses too."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x1f\x7f]*))*):(.*)')
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=("[^"]*"|[^";:,]*)')
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TEXT = re.compile(r"(?:[^\\,;]|\\[\\;,Nn])*")
_TEXTS = re.compile(r"(?:[^\\;]|\\[\\;,Nn])*")
_DATE = re.compile(r"\d{8}")
_UTC = re.compile(r"\d{8}T\d{6}Z")
_DURATION = re.compile(r"([+-])?P(?:(\d+)W|(?=[\dT])(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[!#-;=?-_a-z~%]+")
_ONCE = {
    *("UID", "DTSTAMP", "DTSTART", "DTEND", "DUE", "SUMMARY", "DESCRIPTION", "STATUS", "SEQUENCE", "TRANSP", "URL"),
    *("LAST-MODIFIED", "COMPLETED", "PERCENT-COMPLETE", "PRODID", "VERSION", "CALSCALE", "METHOD", "ACTION"),
    *("TRIGGER", "TZID"),
}
_STATUS = {
    "VEVENT": {"TENTATIVE", "CONFIRMED", "CANCELLED"},
    "VTODO": {"NEEDS-ACTION", "COMPLETED", "IN-PROCESS", "CANCELLED"},
}
_INSIDE = {
    "VCALENDAR": {"VEVENT", "VTODO", "VTIMEZONE"},
    "VEVENT": {"VALARM"},
    "VTODO": {"VALARM"},
    "VALARM": set[str](),
    "VTIMEZONE": {"STANDARD", "DAYLIGHT"},
    "STANDARD": set[str](),
}
_REQUIRED = {
    "VCALENDAR": {"PRODID", "VERSION"},
    "VEVENT": {"UID", "DTSTAMP", "DTSTART"},
    "VTODO": {"UID", "DTSTAMP"},
    "VALARM": {"ACTION", "TRIGGER", "DESCRIPTION"},
    "VTIMEZONE": {"TZID"},
    "STANDARD": {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"},
}


@dataclass
class Component:
    """A component as read: its properties with their parameters, and what is inside it."""

    name: str
    properties: dict[str, list[tuple[dict[str, str], str]]] = field(default_factory=dict)
    inside: list["Component"] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        """The value of a property that is there once, text unescaped."""
        [(_, value)] = self.properties[name]
        return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)

    def has(self, name: str) -> bool:
        """Whether a property is there."""
        return name in self.properties

    def all(self, name: str) -> list["Component"]:
        """Everything of a name that is directly inside."""
        return [each for each in self.inside if each.name == name]


def parse(octets: bytes) -> Component:
    """Return the one calendar that the octets are; fails an assertion at whatever RFC 5545 does not allow."""
    stack = [Component("")]
    for line in _unfolded(octets):
        match = _LINE.fullmatch(line)
        assert match, line
        name, parameters, value = match[1].upper(), _parameters(match[2]), match[3]
        assert not _CONTROL.search(value.replace("\t", " ")), line
        if name == "BEGIN":
            stack.append(Component(value.upper()))
        elif name == "END":
            done = stack.pop()
            assert done.name == value.upper()
            stack[-1].inside.append(done)
        else:
            stack[-1].properties.setdefault(name, []).append((parameters, value))
    [root] = stack
    [calendar] = root.inside
    assert (calendar.name, root.properties) == ("VCALENDAR", {})
    _check(calendar)
    return calendar


def _unfolded(octets: bytes) -> list[str]:
    assert octets.endswith(b"\r\n")
    lines = octets[:-2].split(b"\r\n")
    for line in lines:
        assert len(line) <= 75, line
        assert b"\n" not in line
        assert b"\r" not in line
        line.decode()  # a fold within a letter would leave halves that are no UTF-8
    return b"\r\n".join(lines).replace(b"\r\n ", b"").decode().split("\r\n")


def _parameters(text: str) -> dict[str, str]:
    found = [(name.upper(), value.strip('"')) for name, value in _PARAMETER.findall(text)]
    assert len(dict(found)) == len(found)
    return dict(found)


def _check(component: Component) -> None:
    names = set(component.properties)
    assert _REQUIRED[component.name] <= names, component
    for name in _ONCE & names:
        assert len(component.properties[name]) == 1, (component.name, name)
    assert {each.name for each in component.inside} <= _INSIDE[component.name]
    for name, found in component.properties.items():
        for parameters, value in found:
            _check_value(component.name, name, parameters, value)
    _BY_NAME.get(component.name, lambda _: None)(component)
    for each in component.inside:
        _check(each)


def _check_value(where: str, name: str, parameters: dict[str, str], value: str) -> None:
    kind = parameters.get("VALUE")
    if name in ("DTSTAMP", "LAST-MODIFIED", "COMPLETED"):
        assert kind is None
        assert _UTC.fullmatch(value)
        instant(value)
    elif name in ("DTSTART", "DTEND", "DUE") and where in ("VEVENT", "VTODO"):
        assert "TZID" not in parameters
        day(value) if kind == "DATE" else instant(value)
    elif name in ("TRIGGER", "REFRESH-INTERVAL", "X-PUBLISHED-TTL"):
        assert name != "REFRESH-INTERVAL" or kind == "DURATION"  # RFC 7986, 5.7
        duration(value)
    elif name in ("SEQUENCE", "PERCENT-COMPLETE"):
        assert value.isdecimal()
    elif name == "URL":
        assert _URI.fullmatch(value), value
    elif name in ("SUMMARY", "DESCRIPTION", "UID", "NAME", "X-WR-CALNAME"):
        assert _TEXT.fullmatch(value), value
    elif name == "CATEGORIES":
        assert _TEXTS.fullmatch(value), value


def day(value: str) -> date:
    """Return the day of a DATE value."""
    assert _DATE.fullmatch(value), value
    return datetime.strptime(value, "%Y%m%d").date()


def instant(value: str) -> datetime:
    """Return the instant of a DATE-TIME value in UTC."""
    assert _UTC.fullmatch(value), value
    return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def duration(value: str) -> timedelta:
    """Return the length of a DURATION value."""
    match = _DURATION.fullmatch(value)
    assert match, value
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if match[1] == "-" else length


def _calendar(component: Component) -> None:
    assert component["VERSION"] == "2.0"
    assert component.inside, "a calendar has at least one component (3.6)"
    uids = [each["UID"] for each in component.inside if each.has("UID")]
    assert len(set(uids)) == len(uids)


def _event(component: Component) -> None:
    assert component["STATUS"] in _STATUS["VEVENT"]
    assert component["TRANSP"] in ("OPAQUE", "TRANSPARENT")
    [(start, _)], [(end, _)] = component.properties["DTSTART"], component.properties["DTEND"]
    assert start.get("VALUE") == end.get("VALUE") == "DATE"
    assert day(component["DTEND"]) > day(component["DTSTART"])
    for alarm in component.all("VALARM"):
        [(parameters, _)] = alarm.properties["TRIGGER"]
        assert parameters.get("RELATED", "START") == "START"


def _task(component: Component) -> None:
    assert component["STATUS"] in _STATUS["VTODO"]
    assert (component["STATUS"] == "COMPLETED") == component.has("COMPLETED")
    if component.has("DTSTART"):
        [(start, _)], [(due, _)] = component.properties["DTSTART"], component.properties["DUE"]
        assert start.get("VALUE") == due.get("VALUE") == "DATE"
        assert day(component["DUE"]) > day(component["DTSTART"])
    for alarm in component.all("VALARM"):
        [(parameters, _)] = alarm.properties["TRIGGER"]
        # What it is related to must be there (3.8.6.3).
        assert component.has("DUE" if parameters.get("RELATED") == "END" else "DTSTART")


def _alarm(component: Component) -> None:
    assert component["ACTION"] == "DISPLAY"


_BY_NAME = {"VCALENDAR": _calendar, "VEVENT": _event, "VTODO": _task, "VALARM": _alarm}
