"""Which of this host's mail logs were read before, and which of them are gone."""

import shutil
from collections.abc import Mapping
from fnmatch import fnmatch
from typing import Any

from delist.actions.desk import reading
from delist.maillog import host, journal
from delist.maillog.rotation import place
from delist.store.glance import glance
from delist.tools import Tools


def logs_read(tools: Tools) -> Mapping[str, Any]:
    """Return how far this host's mail logs were read to be recorded, by log, without others that a person named."""
    with reading(tools) as desk:
        if desk is None:
            return {}
    places = glance(tools.database, "", "record").places
    return {log: found for log, found in places.items() if log == journal.NAME or _is_usual(log)}


def gone(read: Mapping[str, Any], root: str = "/") -> list[str]:
    """Return those of the logs that were read of which nothing is left, not even what they were rotated to."""
    left = {place(path).log for path in host.files(root)}
    if left or shutil.which("journalctl"):
        # Where files are read, the journal is not.
        left.add(journal.NAME)
    return sorted(log for log in read if log not in left)


def _is_usual(log: str) -> bool:
    return any(fnmatch(log.lstrip("/"), pattern) for pattern in host.PLACES)
