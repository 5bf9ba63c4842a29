"""Puts request texts into files, one for each."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from delist.actions.composing import Letter
from delist.errors import NotAllowed, OutsideFailed


def check_free(letters: Sequence[Letter], folder: Path) -> list[Letter]:
    """Return texts with the files they are to be put into, in a folder that is made if need be.

    Raises NotAllowed if there is such a file and it says something else, OutsideFailed if the folder cannot be made.
    """
    placed = [replace(letter, file=folder / _name(letter)) for letter in letters]
    if folder.exists() and not folder.is_dir():
        raise NotAllowed(f"{folder} is a file: --out wants a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = [letter.file for letter in placed if letter.file and _says_else(letter.file, letter)]
    except OSError as error:
        raise OutsideFailed(f"cannot write into {folder}: {error.strerror}") from None
    if there:
        raise NotAllowed(f"{there[0]} is there already, with another text: move it away, or name another folder")
    return placed


def put(letters: Sequence[Letter]) -> None:
    """Write each text into its file, below its subject if it is a mail; none is ever there in part.

    Raises OutsideFailed if one cannot be written.
    """
    for letter in letters:
        if letter.file is not None:
            _write(letter.file, _data(letter))


def _name(letter: Letter) -> str:
    address = letter.addresses[0].replace(":", "-").replace("/", "_")
    more = f"-and-{len(letter.addresses) - 1}-more" if len(letter.addresses) > 1 else ""
    return f"{address}{more}.{letter.list.key}.txt"


def _data(letter: Letter) -> bytes:
    head = f"Subject: {letter.subject}\n\n" if letter.subject else ""
    return (head + letter.text).encode()


def _says_else(file: Path, letter: Letter) -> bool:
    return file.exists() and file.read_bytes() != _data(letter)


def _write(file: Path, data: bytes) -> None:
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(file)
    except OSError as error:
        raise OutsideFailed(f"cannot write {file}: {error.strerror}; the drafts are kept") from None
    finally:
        beside.unlink(missing_ok=True)
