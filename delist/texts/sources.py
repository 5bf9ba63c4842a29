"""Which template files there are, the operator's own before those that come along, and what stands in them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from delist.errors import SetupError
from delist.texts.filling import Source

ENDING = ".j2"
# Bytes of one file. The largest that comes along has some 5,000.
MOST = 100_000


class OwnTemplate(BaseException):
    """One of the operator's templates has a part in this text. No error, so nothing on the way may take it for one."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The files by the names under which templates include each other (`parts/x.j2`)."""

    own: Mapping[str, Path]
    shipped: Mapping[str, Path]

    @classmethod
    def of(cls, folders: Sequence[Path], shipped: Path) -> "Shelf":
        """Return what stands in the operator's folders, of which the first wins; raises SetupError (unreadable)."""
        return cls({name: path for each in reversed(folders) for name, path in _files(each)}, dict(_files(shipped)))

    def __contains__(self, name: str) -> bool:
        return name in self.own or name in self.shipped

    def shipped_only(self, name: str) -> Source | None:
        """Return the source of a template that comes along; raises OwnTemplate if the operator has that one."""
        if name in self.own:
            raise OwnTemplate
        return read(self.shipped[name]) if name in self.shipped else None

    def sources(self) -> dict[str, Source]:
        """Return the sources of all templates."""
        return {name: read(path) for name, path in {**self.shipped, **self.own}.items()}


def read(path: Path) -> Source:
    """Return what stands in a file, or why it cannot be used.

    A link in one's own folder is followed, since people keep such files elsewhere, but only to a template: whoever may
    write into the folder of the whole machine could otherwise have root read any file to them.
    """
    try:
        if path.resolve(strict=True).suffix != ENDING:
            return Source(flaw=f"it is a link to something that is no {ENDING} file")
        if not path.is_file():
            return Source(flaw="it is no file")
        with path.open("rb") as file:
            raw = file.read(MOST + 1)
    except (OSError, RuntimeError) as error:
        # RuntimeError: before Python 3.13 that is what links in a circle raise.
        return Source(flaw=f"it cannot be read: {getattr(error, 'strerror', None) or error}")
    if len(raw) > MOST:
        return Source(flaw=f"it is larger than {MOST // 1000} kB")
    try:
        return Source(raw.decode())
    except UnicodeDecodeError as error:
        return Source(flaw="it is not UTF-8", line=raw.count(b"\n", 0, error.start) + 1)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and path of each template in a folder and below; hidden ones are an editor's or git's."""

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise SetupError(f"the templates in {error.filename} cannot be read: {error.strerror}")

    for where, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if name.endswith(ENDING) and not name.startswith("."):
                path = Path(where, name)
                yield path.relative_to(folder).as_posix(), path
