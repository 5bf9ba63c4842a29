"""The journal's JSON lines: each wraps one line of a mail system's log."""

from delist.rules.logs import jsonpairs


def unwrap(line: str) -> str | None:
    """Return the line that syslog would have written, its stamp in seconds since 1970; None if it is no entry."""
    if '"MESSAGE"' not in line:
        return None
    entry = dict(jsonpairs.read(line))
    micro = entry.get("__REALTIME_TIMESTAMP", "")
    message = entry.get("MESSAGE", "")
    if not message or not micro.isdecimal() or not micro.isascii() or len(micro) != len("1763600402123456"):
        return None
    host = "".join(entry.get("_HOSTNAME", "").split()) or "localhost"
    tag = "".join(entry.get("SYSLOG_IDENTIFIER", entry.get("_COMM", "")).split()) or "unknown"
    number = entry.get("SYSLOG_PID", entry.get("_PID", "0"))
    number = number if number.isdecimal() and number.isascii() else "0"
    return f"{micro[:-6]}.{micro[-6:]} {host} {tag}[{number}]: {message}"
