"""Puts request texts into files, one for each."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from delist.actions.composing import Letter
from delist.errors import NotAllowed, OutsideFailed


def put(letters: Sequence[Letter], folder: Path) -> list[Letter]:
    """Write each text, below its subject if it is a mail, into a file of the folder, which is made if need be.

    Returns them with their files. Raises NotAllowed, before any is written, if there is a file that says something
    else, and OutsideFailed if one cannot be written; none is ever there in part.
    """
    placed = [replace(letter, file=folder / _name(letter)) for letter in letters]
    try:
        if folder.exists() and not folder.is_dir():
            raise NotAllowed(f"{folder} is a file: --out wants a folder")
        folder.mkdir(parents=True, exist_ok=True)
        for letter in placed:
            _check(letter)
        for letter in placed:
            _write(letter)
    except OSError as error:
        raise OutsideFailed(f"cannot write into {folder}: {error.strerror}") from None
    return placed


def _name(letter: Letter) -> str:
    address = letter.addresses[0].replace(":", "-").replace("/", "_")
    more = f"-and-{len(letter.addresses) - 1}-more" if len(letter.addresses) > 1 else ""
    return f"{address}{more}.{letter.list.key}.txt"


def _data(letter: Letter) -> bytes:
    head = f"Subject: {letter.subject}\n\n" if letter.subject else ""
    return (head + letter.text).encode()


def _check(letter: Letter) -> None:
    file = letter.file
    if file is not None and file.exists() and file.read_bytes() != _data(letter):
        raise NotAllowed(f"{file} is there already, with another text: move it away, or name another folder")


def _write(letter: Letter) -> None:
    if letter.file is None:
        return
    beside = letter.file.with_name(f".{letter.file.name}.{os.getpid()}")
    try:
        beside.write_bytes(_data(letter))
        beside.replace(letter.file)
    finally:
        beside.unlink(missing_ok=True)
