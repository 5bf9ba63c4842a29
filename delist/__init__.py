"""delist keeps the case file of blocklist removal requests and reminds in time."""

__version__ = "0.1.0"
