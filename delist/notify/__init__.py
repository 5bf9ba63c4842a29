"""Sends a message: by a mail server, by the local sendmail, or by anything that Apprise speaks."""

from delist.notify.values import Message, Outcome, Relay, Sent

__all__ = ["Message", "Outcome", "Relay", "Sent"]
