"""What a check found, for people, scripts, monitoring plugins and metrics."""
