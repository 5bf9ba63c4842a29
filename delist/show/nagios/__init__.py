"""What monitoring systems read: one line, performance data behind a bar, and a state."""
