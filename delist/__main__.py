"""`python -m delist` is the command `delist`."""

from delist.cli import main

if __name__ == "__main__":
    main()
