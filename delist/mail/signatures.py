"""What the signatures of a mail are worth: each is verified (RFC 6376), with the keys that name servers give."""

from collections.abc import Sequence
from typing import Any

from delist.mail.heads import Head, head
from delist.mail.keys import Keys, Unreachable
from delist.rules.mails.values import Outcome, Signature

UNREACHABLE = "key unreachable"
_MOST = 8
# Longer ones take dkimpy's patterns a time that grows with the square.
_LONGEST = 8192
_WEAKEST = 1024


def verified(raw: bytes, nameservers: Sequence[tuple[str, int]], seconds: float) -> tuple[Signature, ...]:
    """Return what the first eight signatures of a mail came to, the topmost first.

    `nameservers` (host, port) are asked for the keys, all within so many seconds; a key that could not be asked for,
    an expired signature, and one made in a way that cannot be verified here, are UNKNOWN. `why` says in English words
    what is wrong. Never raises for any bytes.
    """
    top = head(raw)
    fields = top.raw("dkim-signature")[:_MOST]
    if not fields:
        return ()
    message = _message(raw, top)
    if message is None:
        return tuple(Signature("", Outcome.FAIL, why="malformed headers") for _ in fields)
    keys = Keys(nameservers, seconds)
    return tuple(_verified(message, number, value, keys) for number, value in enumerate(fields))


def _message(raw: bytes, top: Head) -> Any | None:
    """Return the mail as dkimpy takes it, None where it would take other lines for headers than we do.

    It gets the headers alone: it splits what it is given into lines, which is too much for a long body.
    """
    import dkim  # type: ignore[import-untyped]

    try:
        message = dkim.DKIM(raw[top.start : top.end] + b"\r\n", minkey=_WEAKEST)
    except (dkim.MessageFormatError, IndexError):
        return None
    names = [name.lower().decode("ascii") for name, _ in message.headers]
    if not top.is_whole or names != [name for name, _ in top.fields]:
        return None
    message.body = _with_crlf(raw[top.body :])
    return message


def _with_crlf(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _verified(message: Any, number: int, value: bytes, keys: Keys) -> Signature:
    tags = _tags(value)
    domain = tags.get(b"d", b"").decode("ascii", "replace").lower().rstrip(".")
    # Read as dkimpy reads it: a blank inside a name makes another name of it.
    names = frozenset(name.strip().lower().decode("ascii", "replace") for name in tags.get(b"h", b"").split(b":"))
    outcome, why = _outcome(message, number, tags, names, keys)
    return Signature(domain, outcome, names - {""}, b"l" not in tags, why)


def _tags(value: bytes) -> dict[bytes, bytes]:
    """Return the tags of a signature; none at all where it is no list of tags."""
    from dkim.util import InvalidTagValueList, parse_tag_value  # type: ignore[import-untyped]

    try:
        return dict(parse_tag_value(value)) if len(value) <= _LONGEST else {}
    except (InvalidTagValueList, IndexError):
        return {}


def _outcome(
    message: Any, number: int, tags: dict[bytes, bytes], names: frozenset[str], keys: Keys
) -> tuple[Outcome, str]:
    if b"d" not in tags or b"s" not in tags:
        return Outcome.FAIL, "malformed signature"
    if "from" not in names:
        return Outcome.FAIL, "From is not signed"
    if tags.get(b"a") == b"rsa-sha1":
        return Outcome.FAIL, "rsa-sha1"
    if keys.left <= 0:
        return Outcome.UNKNOWN, UNREACHABLE
    return _checked(message, number, keys)


def _checked(message: Any, number: int, keys: Keys) -> tuple[Outcome, str]:
    import dkim

    try:
        passes = message.verify(number, dnsfunc=keys.record)
    except Unreachable:
        return Outcome.UNKNOWN, UNREACHABLE
    except dkim.NaClNotFoundError:
        return Outcome.UNKNOWN, "ed25519 cannot be verified here"
    except dkim.ValidationError as error:
        return _invalid(str(error))
    except dkim.KeyFormatError:
        return Outcome.FAIL, "the key is too weak"
    except Exception:
        # It raises its own errors for some of what is malformed, and whatever Python raises for the rest.
        return Outcome.FAIL, "malformed signature"
    return (Outcome.PASS, "") if passes else (Outcome.FAIL, "no key, or the headers were altered")


def _invalid(said: str) -> tuple[Outcome, str]:
    """Return what dkimpy's objection means; it tells kinds of them apart by their words alone."""
    if said.startswith("x= value is past"):
        return Outcome.UNKNOWN, "expired"
    if said.startswith("body hash mismatch"):
        return Outcome.FAIL, "the body was altered"
    return Outcome.FAIL, "malformed signature"
