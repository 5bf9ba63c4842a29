"""`python -m delist` is the command `delist`."""

from delist.cli import main

main()
