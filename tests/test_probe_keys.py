"""DKIM keys are found under their selectors, measured, and called useless for a reason that one can mend."""

from base64 import b64encode
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delist.probe.keys import look_up, read
from delist.probe.names import Names
from delist.rules.evidence.values import Key
from tests.servers.faults import FaultServer, ServFails, Silent
from tests.servers.nsd import Nsd, needs_nsd

# Public keys that OpenSSL made, as SubjectPublicKeyInfo (2048 bits) and as RSAPublicKey (1024 bits).
RSA = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArHHig4rrQMML3sH16lc3Lng/n1ePRE/kaQ/NAKaBmYLal/Otqwd7VwQ6KDJqPUZidrKm"
    "7qZC6/X9A3UYf6hs2040eReg2RZUgvGOmqIHFXUuD0sijEYNQahyxAPpY2VCYBQ3LuZ7/w3eu0pDx/lbobWqoNru49/d/+u+QGbNgRcaMQsnqZAh"
    "YJBcfBFD/5HEGGTDsXMbPKvehMe+kihgZ+qiQO1oYB5hZXfCG4Utq9vOFtOWdIEQ87zZP4JStNJvO3LyVG9UcEVp7gMhjNdteKcmV0tyB9qojnO0"
    "DzvYDipnKdVF2kk3WZfJPc1tSZgvJEh8ODasqDI5HmcZtb1wBwIDAQAB"
)
BARE = (
    "MIGJAoGBAKGYVQzis1nERSLrt0eZ1UHCWDHswGj3UWkgTuRz63Ses604BI6Dkv0IMCFVNb+JzMGjda7jPLyz8fzLrtcgb/2SRMY7zuQwdj0Td/ZR"
    "gymLaLXe6rRbQxfv9RKstsjhIZm7oYhyPeBWMbYcRyHxXGq28UpL3GwH4xF+mZ6eq8Z3AgMBAAE="
)
SHORT = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMmHuQ9BT01DucWN/g5sw08mPd6mia0IryvF15jBpWlN4hxhf/6SHNNIJ8fqjFx42eQ5"
    "F5BP8taMJwJ8qHjX+icCAwEAAQ=="
)
# An Ed25519 key as DKIM has it, and the forms that other software has of one and of an elliptic curve's.
ED = "iClAG1FJZZqomVLehsvgDS62So4n1chTbs6eqB92TzM="
ED_INFO = "MCowBQYDK2VwAyEAiClAG1FJZZqomVLehsvgDS62So4n1chTbs6eqB92TzM="
EC_INFO = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE+coew4SzB5I/XO7Wl0dmMGtRSBp11pNVRsafjdO7uBUZf5+nHZCOd+KrSOO5O7oIFzUiuTdiO1Ju"
    "zZBJfFdVLA=="
)
FOLDED = " ".join(RSA[at : at + 40] for at in range(0, len(RSA), 40))


@pytest.mark.parametrize(
    ("record", "kind", "bits"),
    [
        (f"v=DKIM1; k=rsa; p={RSA}", "rsa", 2048),
        (f"v=DKIM1;k=rsa;p={RSA};", "rsa", 2048),
        (f"v=DKIM1; p={RSA}; ", "rsa", 2048),
        (f"p={RSA}", "rsa", 2048),
        (f"k=rsa; t=s; p={RSA}; n=a note = with more", "rsa", 2048),
        (f" v = DKIM1 ; k = rsa ; p = {FOLDED} ", "rsa", 2048),
        (f"v=DKIM1; p={BARE}", "rsa", 1024),
        (f"v=DKIM1; p={SHORT}", "rsa", 512),
        (f"v=DKIM1; k=ed25519; p={ED}", "ed25519", 256),
        (f"v=DKIM1; h=sha1:sha256; s=email; t=y; x_new=1; p={RSA}", "rsa", 2048),
        (f"v=DKIM1; h= sha256 ; s=other : *; p={RSA}", "rsa", 2048),
    ],
)
def test_a_key_that_can_be_used(record: str, kind: str, bits: int) -> None:
    assert read("s._domainkey.example.org", record) == Key("s._domainkey.example.org", kind, bits)


@pytest.mark.parametrize(
    ("record", "kind", "problem"),
    [
        ("v=DKIM1; p=", "rsa", "it is revoked: its p= is empty"),
        ("v=DKIM1; k=ed25519; p= ;", "ed25519", "it is revoked: its p= is empty"),
        ("v=DKIM1; k=rsa", None, "its TXT record has no key: there is no tag p="),
        ("v=DKIM1; k=rsa; P=" + RSA, None, "its TXT record has no key: there is no tag p="),
        (f"v=DKIM2; p={RSA}", None, "its version is not v=DKIM1 as the first tag"),
        (f"v=dkim1; p={RSA}", None, "its version is not v=DKIM1 as the first tag"),
        (f"k=rsa; v=DKIM1; p={RSA}", None, "its version is not v=DKIM1 as the first tag"),
        (f"v=DKIM1\\; k=rsa\\; p={RSA}", None, "its version is not v=DKIM1 as the first tag"),
        (f"v=DKIM1; k=dsa; p={RSA}", None, "its key type k=dsa is neither rsa nor ed25519"),
        (f"v=DKIM1; h=sha1; p={RSA}", None, "it does not allow SHA-256: h=sha1"),
        (f"v=DKIM1; s=tlsrpt; p={RSA}", None, "it is not for mail: s=tlsrpt"),
        (f"v=DKIM1; p={RSA}; p={RSA}", None, "its tag p= is there twice"),
        ("v=spf1 -all", None, "its version is not v=DKIM1 as the first tag"),
        ("hello", None, "its TXT record is no list of tags like k=rsa; p=..."),
        (f'"v=DKIM1; p={RSA}"', None, "its TXT record is no list of tags like k=rsa; p=..."),
        (f"v=DKIM1;; p={RSA}", None, "its TXT record is no list of tags like k=rsa; p=..."),
        ("", None, "its TXT record is no list of tags like k=rsa; p=..."),
        (f"v=DKIM1; p=-----BEGIN PUBLIC KEY-----{RSA}", "rsa", "its p= is no base64"),
        (f"v=DKIM1; p={RSA[:40]}*{RSA[40:]}", "rsa", "its p= is no base64"),
        (f"v=DKIM1; p={RSA[:-1]}", "rsa", "its p= is no base64"),
        (f"v=DKIM1; p={RSA[:-4]}\u00e4", "rsa", "its p= is no base64"),
        (f"v=DKIM1; p={RSA[:200]}", "rsa", "its p= is no RSA key"),
        (f"v=DKIM1; p={ED}", "rsa", "its p= is no RSA key"),
        (f"v=DKIM1; p={EC_INFO}", "rsa", "its p= is no RSA key"),
        (f"v=DKIM1; k=ed25519; p={ED_INFO}", "ed25519", "its Ed25519 key has 44 octets, and must have 32"),
        (f"v=DKIM1; k=ed25519; p={RSA}", "ed25519", "its Ed25519 key has 294 octets, and must have 32"),
    ],
)
def test_a_key_that_nobody_can_use(record: str, kind: str | None, problem: str) -> None:
    assert read("s._domainkey.example.org", record) == Key("s._domainkey.example.org", kind, problem=problem)


def der(tag: int, content: bytes) -> bytes:
    """Return a value in DER."""
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2)
    return bytes([tag]) + length + content


def integer(number: int) -> bytes:
    """Return an integer in DER, with the zero octet that a large first octet needs."""
    return der(2, number.to_bytes(number.bit_length() // 8 + 1))


@given(bits=st.integers(2, 5000), seed=st.integers(0), whole=st.booleans())
def test_the_length_is_that_of_the_modulus(bits: int, seed: int, whole: bool) -> None:
    modulus = 1 << (bits - 1) | seed % (1 << (bits - 1))
    key = der(0x30, integer(modulus) + integer(65537))
    rsa = der(0x30, bytes.fromhex("06092a864886f70d0101010500"))
    octets = der(0x30, rsa + der(3, b"\0" + key)) if whole else key
    assert read("s", f"p={b64encode(octets).decode()}") == Key("s", "rsa", bits)


@pytest.mark.parametrize("number", [0, 1])
def test_a_modulus_of_nothing_is_no_key(number: int) -> None:
    octets = der(0x30, integer(number) + integer(65537))
    assert read("s", f"p={b64encode(octets).decode()}").problem == "its p= is no RSA key"


def test_an_algorithm_with_a_parameter_is_not_that_of_rsa() -> None:
    key = der(0x30, integer(1 << 1023) + integer(65537))
    other = der(0x30, bytes.fromhex("06092a864886f70d010101050100"))
    octets = der(0x30, other + der(3, b"\0" + key))
    assert read("s", f"p={b64encode(octets).decode()}").problem == "its p= is no RSA key"


@settings(max_examples=300)
@given(
    record=st.one_of(
        st.text(max_size=60),
        st.text("vkpth=;: DKIM1rsa/+", max_size=40).map(lambda text: f"v=DKIM1; {text}"),
        st.binary(max_size=60).map(lambda octets: f"p={b64encode(octets).decode()}"),
        st.tuples(st.integers(0, 293), st.integers(0, 63)).map(
            lambda at: f"p={RSA[: at[0]]}{RSA[at[1]]}{RSA[at[0] + 1 :]}"
        ),
    )
)
def test_no_record_makes_it_raise(record: str) -> None:
    key = read("s", record)
    assert key.failure is None
    assert (key.bits > 0) == (key.problem is None)


# --- look-ups --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Names]:
    """What asks a name server that has some selectors."""
    strings = " ".join(f'"{part}"' for part in ("v=DKIM1; k=rsa; p=", RSA[:200], RSA[200:]))
    zone = f"""
s1._domainkey TXT {strings}
2026.b._domainkey TXT "v=DKIM1; k=ed25519; p={ED}"
two._domainkey TXT "v=DKIM1; p="
two._domainkey TXT "v=DKIM1; k=ed25519; p={ED}"
al._domainkey CNAME s1._domainkey.provider.example.
empty._domainkey A 192.0.2.1
"""
    zones = {"a.example": zone, "provider.example": f"s1._domainkey TXT {strings}"}
    with Nsd(tmp_path_factory.mktemp("keys"), zones) as server:
        yield Names([server.address], 2)


@needs_nsd
@pytest.mark.parametrize(
    ("selector", "domain", "expected"),
    [
        ("s1", "a.example", Key("s1._domainkey.a.example", "rsa", 2048)),
        ("S1", "A.Example.", Key("s1._domainkey.a.example", "rsa", 2048)),
        ("2026.b", "a.example", Key("2026.b._domainkey.a.example", "ed25519", 256)),
        ("al", "a.example", Key("al._domainkey.a.example", "rsa", 2048)),
        ("s1._domainkey.provider.example", "a.example", Key("s1._domainkey.provider.example", "rsa", 2048)),
        ("s1._domainkey.provider.example.", None, Key("s1._domainkey.provider.example", "rsa", 2048)),
        ("none", "a.example", Key("none._domainkey.a.example", problem="it has no TXT record")),
        ("empty", "a.example", Key("empty._domainkey.a.example", problem="it has no TXT record")),
        ("two", "a.example", Key("two._domainkey.a.example", problem="it has 2 TXT records, and may have one")),
        ("s1", None, Key("s1", failure="it is not told of which domain the selector is")),
        ("s1", "refused.test", Key("s1._domainkey.refused.test", failure="REFUSED")),
        ("s..1", "a.example", Key("s..1._domainkey.a.example", failure="a part of the name is empty")),
    ],
)
def test_a_selector_is_looked_up(names: Names, selector: str, domain: str | None, expected: Key) -> None:
    assert look_up(names, selector, domain) == expected


def test_a_look_up_that_fails_tells_nothing_of_the_key() -> None:
    with FaultServer({"a.example": ServFails(), "b.example": Silent()}) as server:
        found = [look_up(Names([server.address], 0.3), "s1", domain) for domain in ("a.example", "b.example")]
    assert [key.failure for key in found] == ["SERVFAIL", "no answer within 0.3 seconds"]
    assert [key.problem for key in found] == [None, None]
