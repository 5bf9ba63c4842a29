"""A report on an address for others to read: what it says, as lines, as a page, as JSON."""
