"""Whole bounce messages: finds them in files and folders, and reads who was refused, by whom and in which words."""

from delist.bounces.files import is_mail, messages
from delist.bounces.reading import read
from delist.bounces.values import Bounce, Refusal

__all__ = ["Bounce", "Refusal", "is_mail", "messages", "read"]
