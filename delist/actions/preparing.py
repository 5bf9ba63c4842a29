"""Turns the lines of a file into rows ready to be written; a large file's in worker processes, ahead of the writer."""

import gc
import marshal
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from typing import NamedTuple

from delist.actions.incoming import Incoming, Item, Look
from delist.errors import OutsideFailed
from delist.rules.listings import Sighting, episodes, last_clear, standing
from delist.rules.lists import ListEntry
from delist.rules.reminders import Policy, next_attention
from delist.rules.windows import Case, observation_of
from delist.store import bulk
from delist.store.bulk import Values
from delist.store.rows import instant_text

# Lines go to the workers by so many; a file of fewer lines than _WORTH_WORKERS is read faster without them.
_CHUNK = 500
_WORTH_WORKERS = 4000
_AHEAD = 4


class Ready(NamedTuple):
    """One request as rows: whatever needs no look at the database is computed, ids and numbers are still open."""

    line: int
    uid: str
    number: int
    batch: int | None
    address: str
    key: str
    state: str
    submitted_on: str
    row: Values
    events: tuple[Values, ...]
    text: str | None
    secrets: tuple[tuple[str, str, str, str | None], ...]
    looks: tuple[Values, ...]
    # Of a case that holds this request alone: its listing episodes and the moment of next attention.
    episodes: tuple[Values, ...]
    next_at: str | None
    observation: tuple[str, int] | None


class Preparer(NamedTuple):
    """What preparing depends on: the catalogue, and the operator's policy."""

    entry_of: Callable[[str], ListEntry]
    policy: Policy

    def ready(self, item: Incoming) -> Ready:
        """Return a request as rows."""
        request, entry = item.request, self.entry_of(item.request.list)
        found = episodes(_standing(item.looks)) if item.looks else ()
        clear = last_clear(_standing(item.looks)) if item.looks else None
        case = Case(request.address, entry, (request,), episode=standing(found), last_clear=clear)
        at = next_attention(case, self.policy)
        seen = observation_of(request, entry.has_confirmation) if request.relisted else None
        return Ready(
            item.line,
            request.uid,
            request.number,
            request.batch,
            request.address,
            request.list,
            request.state.value,
            request.submitted.on.isoformat(),
            bulk.request_values(request, 0),
            tuple(bulk.event_values(entry, seq, 0, 0, 0) for entry, seq in item.history),
            item.text,
            tuple((uid, url, instant_text(kept), mail) for uid, url, kept, mail in item.secrets),
            tuple(bulk.sighting_values(sighting, undone, 0) for sighting, undone in item.looks),
            tuple(bulk.episode_values(episode, 0) for episode in found),
            instant_text(at) if at else None,
            (str(seen.after), seen.days) if seen else None,
        )

    def items(self, found: Iterable[Item]) -> Iterator["Ready | Item"]:
        """Yield what a file holds, its requests as rows."""
        return (self.ready(item) if isinstance(item, Incoming) else item for item in found)


def _standing(looks: Iterable[Look]) -> list[Sighting]:
    return [sighting for sighting, undone in looks if not undone]


Reader = Callable[[Iterable[tuple[int, str]]], Iterator[Item]]
_worker: list[tuple[Preparer, Reader]] = []


@contextmanager
def prepared(preparer: Preparer, reader: Reader, lines: Iterable[str]) -> Iterator[Iterator["Ready | Item"]]:
    """Give the items of a file whose lines can be read one by one, in order.

    The first lines are read, and the workers of a large file started, before the caller opens the database:
    a connection must not be carried into another process.
    """
    numbered = enumerate(lines, 1)
    first = list(islice(numbered, _WORTH_WORKERS))
    if len(first) < _WORTH_WORKERS or not _can_fork():
        yield preparer.items(reader(chain(first, numbered)))
        return
    context = multiprocessing.get_context("fork")
    workers = min(2, os.cpu_count() or 1)
    _worker.append((preparer, reader))
    try:
        with ProcessPoolExecutor(workers, context, initializer=_be_worker) as pool:
            yield _in_order(pool, _chunks(chain(first, numbered)))
    except BrokenProcessPool:
        raise OutsideFailed("a process that read the file was killed: nothing was imported") from None
    finally:
        _worker.pop()


def _can_fork() -> bool:
    return "fork" in multiprocessing.get_all_start_methods() and (os.cpu_count() or 1) > 1


def _be_worker() -> None:
    # Control-C reaches the whole group; the parent takes everything back, the workers need not say anything.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Values by the million and no cycle among them: looking for some costs a fourth of the time.
    gc.disable()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Let no worker outlive a parent that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _chunks(numbered: Iterable[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    stream = iter(numbered)
    while chunk := list(islice(stream, _CHUNK)):
        yield chunk


# What a worker gives back: its rows marshalled, which takes a third of the time of pickling them, with None in
# the places of the items that are no rows.
Answer = tuple[bytes, dict[int, Item]]


def _in_order(pool: ProcessPoolExecutor, chunks: Iterator[list[tuple[int, str]]]) -> Iterator["Ready | Item"]:
    waiting: deque[Future[Answer]] = deque(pool.submit(_read, chunk) for chunk in islice(chunks, _AHEAD))

    def rest() -> Iterator["Ready | Item"]:
        while waiting:
            found, others = waiting.popleft().result()
            for chunk in islice(chunks, 1):
                waiting.append(pool.submit(_read, chunk))
            for place, row in enumerate(marshal.loads(found)):  # noqa: S302 - from a worker of our own
                yield others[place] if row is None else Ready._make(row)

    return rest()


def _read(chunk: list[tuple[int, str]]) -> Answer:
    preparer, reader = _worker[-1]
    items = list(preparer.items(reader(chunk)))
    others = {place: item for place, item in enumerate(items) if not isinstance(item, Ready)}
    return marshal.dumps([tuple(item) if isinstance(item, Ready) else None for item in items]), others
