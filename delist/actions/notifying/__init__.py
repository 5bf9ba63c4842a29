"""Telling people what is due and what has changed: gathered, claimed, sent, and what came of it kept."""
