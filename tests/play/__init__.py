"""The article from its first bounce to the second removal, played with real servers and the installed program."""
