"""Whether work grows with its text: in processor time, by the ratio between a part of the text and the whole."""

import time
from collections.abc import Callable

MEGABYTE, PART = 2**20, 2**16
# Small ones first, step by step: what doubles with each sign is told before it takes for ever.
_BEFORE = (24, 32, 40, 48, 64, 80, 96, *(2**power for power in range(7, 14)))
# Five times what the slowest pattern takes a sign; for short texts, more than any interruption.
_A_SIGN, _AT_LEAST = 2e-5, 0.05
_SIZES = tuple(2**power for power in range(16, 21, 2))
_FIRST = 2**14
# Half way between what is linear and what is quadratic: memory that has to be asked for makes a text of a megabyte
# cost up to four times its share.
_EXPONENT = 1.5


def repeated(piece: str, size: int) -> str:
    return (piece * (size // len(piece) + 1))[:size]


def seconds(search: Callable[[str], object], text: str) -> float:
    # Of this process alone: others use the machine too.
    start = time.process_time()
    search(text)
    return time.process_time() - start


def grows_with_the_text(search: Callable[[str], object], piece: str, small: int, large: int) -> bool:
    """Whether a longer text takes no more than its share, with some room."""
    part, whole = repeated(piece, small), repeated(piece, large)
    return any(seconds(search, whole) <= max(seconds(search, part), 1e-4) * (large // small) * 8 for _ in range(4))


def is_linear(search: Callable[[str], object], of_size: Callable[[int], str]) -> bool:
    """Whether a text that is made longer step by step, up to a megabyte, takes no more than its share at each."""
    for size in _BEFORE:
        text = of_size(size)
        if all(seconds(search, text) > max(size * _A_SIGN, _AT_LEAST) for _ in range(3)):
            return False
    first = of_size(_FIRST)
    return all(_takes_its_share(search, first, of_size(size), size / _FIRST) for size in _SIZES)


def _takes_its_share(search: Callable[[str], object], part: str, whole: str, times: float) -> bool:
    return any(seconds(search, whole) <= max(seconds(search, part), 1e-4) * times**_EXPONENT for _ in range(4))
