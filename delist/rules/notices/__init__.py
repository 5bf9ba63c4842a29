"""Notices: what is told to whom, and at which stages."""
