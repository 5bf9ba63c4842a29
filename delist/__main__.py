"""The command `delist`, also as `python -m delist`."""

import gc


def main() -> None:
    """Run the command line of this process."""
    # A tenth of a start goes into looking for garbage among modules and patterns, which all stay.
    gc.set_threshold(50_000, 20, 20)
    from delist.cli import main

    main()


if __name__ == "__main__":
    main()
