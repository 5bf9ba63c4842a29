"""Runs tasks in several processes and gives what they tell in the order of the tasks, with bounded memory."""

import gc
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from fcntl import fcntl
from typing import IO, Any, TypeVar

from delist.errors import OutsideFailed

T = TypeVar("T")
_BATCH = 64
# How far a process may run ahead of whoever takes its results: as many bytes as a pipe of Linux may hold.
_PIPE = 1 << 20
_F_SETPIPE_SZ = 1031
_LENGTH = 4


def in_order(run: Callable[[int], Iterator[T]], count: int, workers: int) -> Iterator[T]:
    """Give what `run(0)`, `run(1)` ... give, in this order, while so many processes run them, this one among them.

    Another one waits when its pipe is full, so what nobody has taken yet never grows. Raises OutsideFailed if one ends
    early.
    """
    if workers < 2 or count < 2:
        for task in range(count):
            yield from run(task)
        return
    workers = min(workers, count)
    crew: list[tuple[int, IO[bytes]]] = []
    # What lives now lives on: children that never look at it again do not copy its pages.
    gc.freeze()
    try:
        for worker in range(1, workers):
            crew.append(_start(run, range(worker, count, workers), [pipe for _, pipe in crew]))
        for task in range(count):
            worker = task % workers
            yield from _results(crew[worker - 1][1]) if worker else run(task)
    finally:
        gc.unfreeze()
        for pid, pipe in crew:
            pipe.close()
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)


def _start(run: Callable[[int], Iterator[T]], tasks: range, others: Sequence[IO[bytes]]) -> tuple[int, IO[bytes]]:
    reading, writing = os.pipe()
    with suppress(OSError):
        fcntl(writing, _F_SETPIPE_SZ, _PIPE)
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, os.fdopen(reading, "rb", 1 << 16)
    status = 1
    try:
        os.close(reading)
        # A pipe that a sibling holds open would never break.
        for other in others:
            os.close(other.fileno())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        gc.disable()
        _work(run, tasks, writing)
        status = 0
    except BrokenPipeError:
        status = 0
    finally:
        # Nothing that the parent has opened or buffered is touched.
        os._exit(status)
    raise AssertionError


def _work(run: Callable[[int], Iterator[T]], tasks: Sequence[int], pipe: int) -> None:
    for task in tasks:
        batch: list[Any] = []
        try:
            for each in run(task):
                batch.append(each)
                if len(batch) >= _BATCH:
                    _send(pipe, batch)
                    batch = []
        except BrokenPipeError:
            raise
        except BaseException:
            _send(pipe, traceback.format_exc())
            raise
        _send(pipe, batch)
        _send(pipe, None)


def _send(pipe: int, what: object) -> None:
    data = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    view = memoryview(len(data).to_bytes(_LENGTH, "big") + data)
    while view:
        view = view[os.write(pipe, view) :]


def _results(pipe: IO[bytes]) -> Iterator[Any]:
    while True:
        length = pipe.read(_LENGTH)
        data = pipe.read(int.from_bytes(length, "big")) if length else b""
        if not data:
            raise OutsideFailed("a process that read the log was ended from outside")
        batch = pickle.loads(data)  # noqa: S301 - a child of this process wrote it
        if batch is None:
            return
        if isinstance(batch, str):
            print(batch, file=sys.stderr)
            raise RuntimeError("a process that read the log has failed")
        yield from batch
