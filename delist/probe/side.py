"""Does several things side by side, and waits no longer than was said."""

import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TypeVar

T = TypeVar("T")


def side_by_side(jobs: Sequence[Callable[[], T]], seconds: float) -> list[T | None]:
    """Return what each job returns, None for those that take longer than so many seconds; what one raises is raised.

    A job that takes longer is left alone, and does not keep the program from ending.
    """
    found: list[T | None] = [None] * len(jobs)
    raised: list[BaseException] = []

    def run(place: int) -> None:
        try:
            found[place] = jobs[place]()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(place,), daemon=True) for place in range(len(jobs))]
    until = monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - monotonic()))
    if raised:
        raise raised[0]
    return list(found)
