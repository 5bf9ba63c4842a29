"""Sample mails, written from the shapes that are documented, signed with real keys, and the ways to spoil them."""

import base64
import quopri
import random
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header
from functools import cache, cached_property
from itertools import count
from typing import Any

import dkim  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

PBL_LINK = "https://check.spamhaus.org/removal/confirm?token=3f9c1c2a7be14d0f8a6b5c4d"
M365_LINK = "https://sender.office.com/Delist?ip=203.0.113.7&token=Q2hlY2sgdGhpcyBvdXQ"
SIGNED = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding")
_numbers = count(1)


@cache
def _key(name: str, bits: int) -> rsa.RSAPrivateKey:
    # Keys cost up to a second each: the same name and length give the same key for the life of the process.
    if bits >= 1024:
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    # The library makes no key that is as weak as some that were published.
    chance = random.Random(name)
    p, q = (_prime(chance, bits // 2) for _ in range(2))
    d = pow(65537, -1, (p - 1) * (q - 1))
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *crt, rsa.RSAPublicNumbers(65537, p * q)).private_key()


def _prime(chance: random.Random, bits: int) -> int:
    while True:
        number = chance.getrandbits(bits) | 3 << bits - 2 | 1
        if pow(2, number - 1, number) == 1 and number % 65537 != 1:
            return number


@dataclass(frozen=True)
class Signer:
    """Who signs: a domain, a selector, and a key of that length; `key` names it where several are to have the same."""

    domain: str = "spamhaus.org"
    selector: str = "s1"
    bits: int = 2048
    key: str = ""

    @property
    def _key(self) -> rsa.RSAPrivateKey:
        return _key(self.key or f"{self.selector}.{self.domain}", self.bits)

    @cached_property
    def pem(self) -> bytes:
        """The private key as dkimpy takes it."""
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )

    @cached_property
    def record(self) -> str:
        """The text of the TXT record that publishes the key."""
        octets = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return f"v=DKIM1; k=rsa; p={base64.b64encode(octets).decode()}"

    @property
    def lines(self) -> str:
        """The lines of the domain's zone file (relative to it) that publish the key: `Nsd(folder, {domain: lines})`."""
        return publish(self.selector, self.record)


def publish(selector: str, record: str) -> str:
    """Return the line of a zone file that publishes a key record, in strings of at most 200 octets."""
    strings = " ".join(f'"{record[at : at + 200]}"' for at in range(0, len(record), 200))
    return f"{selector}._domainkey TXT {strings}"


SPAMHAUS = Signer()
MICROSOFT = Signer("messaging.microsoft.com")


def mail(
    sender: str = "Spamhaus <noreply@spamhaus.org>",
    subject: str = "Spamhaus removal verification for 203.0.113.7",
    text: str = "",
    *,
    html: str = "",
    to: str = "admin@shop.example",
    date: str = "Sun, 02 May 2021 10:00:00 +0900",
    message_id: str | None = None,
    charset: str = "utf-8",
    encoding: str = "8bit",
    attached: Sequence[bytes] = (),
    headers: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Return a mail with CRLF line ends. `headers` stand above the others; `message_id` "" leaves it out.

    With a text and a markup both stand in it as alternatives; `attached` mails follow as message/rfc822.
    """
    if message_id is None:
        message_id = f"<{next(_numbers)}.letter@{sender.rpartition('@')[2].strip('> ')}>"
    parts = [_part("plain", text, charset, encoding)] if text or not html else []
    parts += [_part("html", html, charset, encoding)] if html else []
    body = parts[0] if len(parts) == 1 else _multipart("alternative", parts)
    if attached:
        body = _multipart("mixed", [body, *(b"Content-Type: message/rfc822\r\n\r\n" + each for each in attached)])
    fields = [*headers, ("From", sender), ("To", to), ("Subject", _words(subject, charset)), ("Date", date)]
    fields += [("Message-ID", message_id)] if message_id else []
    fields += [("MIME-Version", "1.0")]
    return b"".join(f"{name}: {value}\r\n".encode() for name, value in fields) + body


def _words(text: str, charset: str) -> str:
    return text if text.isascii() else Header(text, charset).encode(linesep="\r\n")


def _part(kind: str, text: str, charset: str, encoding: str) -> bytes:
    head = f"Content-Type: text/{kind}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    content = text.replace("\r\n", "\n").replace("\n", "\r\n").encode(charset)
    if encoding == "base64":
        content = base64.encodebytes(content).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        content = quopri.encodestring(content.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return head.encode() + content + (b"" if content.endswith(b"\r\n") else b"\r\n")


def _multipart(kind: str, parts: Sequence[bytes]) -> bytes:
    boundary = f"=-part-{next(_numbers)}"
    lines = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'
    return head.encode() + lines + f"--{boundary}--\r\n".encode()


def signed(
    raw: bytes,
    signer: Signer = SPAMHAUS,
    *,
    headers: Sequence[str] = SIGNED,
    length: bool = False,
    canonical: tuple[bytes, bytes] = (b"relaxed", b"relaxed"),
    algorithm: bytes = b"rsa-sha256",
    expires: int | None = None,
) -> bytes:
    """Return the mail with a signature on top; `length` adds l=, `expires` (seconds since 1970) adds x=."""
    # x= may not lie before t=: a signature that is over was made a day before that.
    made = (expires - 86_400) if expires is not None else None
    signature = _Dkim(raw, expires, made).sign(
        signer.selector.encode(),
        signer.domain.encode(),
        signer.pem,
        signature_algorithm=algorithm,
        canonicalize=canonical,
        include_headers=[name.encode() for name in headers],
        length=length,
    )
    return bytes(signature) + raw


class _Dkim(dkim.DKIM):  # type: ignore[misc]
    """dkimpy's signer, which knows no x=."""

    def __init__(self, raw: bytes, expires: int | None, made: int | None) -> None:
        super().__init__(raw, minkey=0)
        self._times = {b"t": made, b"x": expires}

    def gen_header(self, fields: list[Any], *rest: Any, **named: Any) -> Any:
        given = {name: str(value).encode() for name, value in self._times.items() if value is not None}
        kept = [(name, value) for name, value in fields if name not in given]
        return super().gen_header([*kept[:2], *given.items(), *kept[2:]], *rest, **named)


def pbl(address: str = "203.0.113.7", link: str = PBL_LINK, **more: Any) -> bytes:
    """Return the mail by which Spamhaus has a removal from the PBL confirmed, unsigned."""
    text = (
        f"Somebody asked for the removal of {address} from the Policy Block List.\n\n"
        f"If it was you, open this page within the hour:\n\n{link}\n\n"
        "If it was not you, do nothing.\n\n-- \nThe removals desk\n"
    )
    return mail(**{"subject": f"Spamhaus removal verification for {address}", "text": text, **more})


def m365(address: str = "203.0.113.7", link: str = M365_LINK, **more: Any) -> bytes:
    """Return the mail of Microsoft's delisting service, unsigned: markup alone, in one line over 998 octets."""
    padding = "&nbsp;" * 200
    html = (
        f"<html><body><p>You asked to have {address} taken off our blocked list.</p>{padding}"
        f'<p><a href="{link.replace("&", "&amp;")}">Confirm the request</a> within 10 minutes.</p></body></html>'
    )
    shape = {
        "sender": "Microsoft Office 365 Delisting Service <no-reply@messaging.microsoft.com>",
        "subject": "Confirm your request to delist an IP address",
        "html": html,
    }
    return mail(**{**shape, **more})


def outlook(address: str = "203.0.113.7", says: str = "Not qualified for mitigation", **more: Any) -> bytes:
    """Return a decision of Outlook.com's sender support, unsigned."""
    text = (
        "Hello,\n\nWe have looked at the addresses that you named.\n\n"
        f"{says}\n{address}\n\nYou may answer this mail if you do not agree.\n\nOutlook.com Deliverability Support\n"
    )
    shape = {
        "sender": "Outlook.com Support <outlooksupport@microsoft.com>",
        "subject": "Re: SRX1510000000ID - Deliverability support",
        "text": text,
    }
    return mail(**{**shape, **more})
