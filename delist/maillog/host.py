"""This host's mail logs: files where its syslog and mail systems put them, else its journal."""

import glob
import os
import shutil
from collections.abc import Sequence

from delist.errors import NotFound
from delist.maillog.journal import reading_journal
from delist.maillog.sources import Found, find

PLACES = (
    "var/log/mail.log*",
    "var/log/maillog*",
    "var/log/mail",
    "var/log/mail-20*",
    "var/log/mail/mail.log*",
    "var/log/exim4/mainlog*",
    "var/log/exim/mainlog*",
    "var/log/exim/main.log*",
    "var/log/exim_mainlog*",
)


def files(root: str = "/") -> list[str]:
    """Return the files of this host's mail logs, under another root if one is given."""
    return [path for place in PLACES for path in sorted(glob.glob(os.path.join(root, place))) if os.path.isfile(path)]


def find_here(root: str = "/", journalctl: str = "journalctl", options: Sequence[str] = ()) -> Found:
    """Return this host's mail logs, or its journal where no file has anything in it.

    `options` may name other journals to journalctl. Raises NotFound where there is neither, and OutsideFailed.
    """
    paths = files(root)
    if any(os.stat(path).st_size for path in paths):
        return find(paths)
    if shutil.which(journalctl):
        return Found((reading_journal(journalctl, options),), ())
    raise NotFound("this host has no mail log where mail systems put it, and no journal: name a FILE")
