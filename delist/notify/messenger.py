"""The process that sends by Apprise: an order in JSON on stdin, `+` on stdout when sending begins, an exit code.

0: sent, or the URL is known if there is nothing to send; 3: the service did not take it; 4: no URL that Apprise knows;
5: it was asked and gave no answer that can be read. It is run by its path and imports nothing of ours, so that it
starts as fast as Apprise allows.
"""

import json
import logging
import signal
import sys
from typing import Any

SENT, REFUSED, UNKNOWN, UNANSWERED = 0, 3, 4, 5


def carry_out(order: dict[str, Any]) -> int:
    """Return the exit code for an order: `url`, and to send something `title`, `body` and `seconds`."""
    import apprise

    # Its messages name URLs, and with them the keys of services.
    logging.disable(logging.CRITICAL)
    # In one thread, and of one URL: what stands behind a comma would be a second channel.
    asset = apprise.AppriseAsset(async_mode=False)
    service = apprise.Apprise.instantiate(order["url"], asset=asset)
    if service is None:
        return UNKNOWN
    if "body" not in order:
        return SENT
    _suit(service, order)
    caller = apprise.Apprise(asset=asset)
    caller.add(service)
    unanswered = _watch()
    # Who started us ends us before. If that one was killed, nobody does, and a service may drip for ever.
    signal.setitimer(signal.ITIMER_REAL, 2 * order["seconds"])
    sys.stdout.write("+")
    sys.stdout.flush()
    if caller.notify(order["body"], title=order["title"], body_format=apprise.NotifyFormat.TEXT):
        return SENT
    return UNANSWERED if unanswered else REFUSED


def _suit(service: Any, order: dict[str, Any]) -> None:
    """Set what the operator's URL leaves open."""
    from apprise import OverflowMode

    if "overflow=" not in order["url"]:
        # A service that takes short texts only would otherwise refuse a long one, each time.
        service.overflow_mode = OverflowMode.TRUNCATE
    if "rto=" not in order["url"]:
        # Apprise gives up after four seconds and calls that a failure; who started us waits as long as it wants.
        service.socket_read_timeout = 2 * order["seconds"]


def _watch() -> list[Exception]:
    """Return the list that will hold each failure of a request that may have arrived: Apprise itself only says no."""
    import requests

    unanswered: list[Exception] = []
    send = requests.Session.send

    def watched(session: requests.Session, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        try:
            return send(session, request, **kwargs)
        except requests.RequestException as error:
            if not _never_arrived(error):
                unanswered.append(error)
            raise

    sessions: Any = requests.Session
    sessions.send = watched
    return unanswered


def _never_arrived(error: Exception) -> bool:
    from requests import exceptions

    before = (exceptions.ConnectTimeout, exceptions.SSLError, exceptions.ProxyError)
    # A refused connection and an unknown name come as the reason of a failure of all attempts.
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, (*before, ValueError)) or type(reason).__name__ in (
        "NewConnectionError",
        "NameResolutionError",
    )


if __name__ == "__main__":
    sys.exit(carry_out(json.load(sys.stdin)))
