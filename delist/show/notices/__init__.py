"""Notices as messages: the sentences, the sections, text and HTML."""
