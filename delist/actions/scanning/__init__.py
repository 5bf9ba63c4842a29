"""`delist scan`: from the lines of mail logs to groups of refusals, and from these into the case file."""
