"""`delist check`: asks the lists, and brings what changed into the case file."""
