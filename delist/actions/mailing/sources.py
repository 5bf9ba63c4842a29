"""Where mails to be taken in come from: what was named, standard input, or the configured mailbox."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path

from delist.actions.mailing.values import Book, Post
from delist.errors import OutsideFailed
from delist.mail import boxes, letters
from delist.mail.values import Arrived, Wanted
from delist.rules.mails import shapes
from delist.rules.mails.values import Letter


def of_bytes(raw: bytes, source: str) -> Post:
    """Return a message that was handed over whole."""
    return Post(letters.letter(raw), raw, None, source)


def of_path(path: Path, zone: tzinfo, wanted: Wanted) -> Iterator[Post]:
    """Yield the messages of a file or an mbox (its times are of this zone), of a Maildir or a folder those wanted.

    Raises NotFound, OutsideFailed.
    """
    is_folder = path.is_dir()
    try:
        for arrived in boxes.messages(path, zone, wanted) if is_folder else boxes.messages(path, zone):
            yield of_arrived(arrived, is_sifted=is_folder or arrived.received_at is not None)
    except OSError as error:
        raise OutsideFailed(f"cannot read {error.filename or path}: {error.strerror}") from None


def of_arrived(arrived: Arrived, is_sifted: bool = True) -> Post:
    """Return a message of a mailbox; a file that holds one message alone is no mailbox."""
    return Post(arrived.letter, arrived.raw, arrived.received_at, arrived.source, is_sifted)


def parts(book: Book, post: Post) -> Iterable[Post]:
    """Return what is to be judged of a message: itself, or the originals that a person has attached to it."""
    if shapes.of_sender(post.letter, book.entries) or not post.letter.inner:
        return [post]
    return [each for each in _attached(post) if _speaks(book, each.letter)] or [post]


def _attached(post: Post) -> Iterator[Post]:
    for letter, raw in zip(post.letter.inner, letters.enclosed(post.raw), strict=False):
        inner = replace(post, letter=letter, raw=raw, is_attached=True, is_sifted=False)
        yield inner
        yield from _attached(inner)


def _speaks(book: Book, letter: Letter) -> bool:
    return bool(shapes.of_sender(letter, book.entries) or shapes.claimed(letter, book.entries))
