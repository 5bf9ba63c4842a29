"""What to ask first, for people and for scripts."""
