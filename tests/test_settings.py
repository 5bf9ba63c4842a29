"""What config.toml may say about use, name servers and own addresses, what it is read as, and that keys stay secret."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from delist import settings
from delist.errors import SetupError, UsageError
from delist.settings import SETTINGS, Dns, Inbox, Login, Notify, Settings, Use
from delist.settings.kinds import nameserver
from tests.builders import CATALOGUE

KEY = "abcdefghijklmnopqrstuvwxy2"
WHOLE = f"""
[use]
commercial = false
registered = ["barracuda", "spamhaus-pbl", "barracuda"]
[use.keys]
spamhaus = "{KEY}"
[use.queries_per_day]
spamcop = 5000
[dns]
nameservers = ["192.0.2.53", "[2001:db8::53]:5353", "::1"]
queries_per_second = 200
[own]
addresses = ["203.0.113.7", "2001:DB8:0::/48", "::ffff:203.0.113.7"]
[own.instances]
postfix-out = "::ffff:203.0.113.8"
"mx2/postfix" = "2001:DB8::0:25"
"""


LOOP = f"""
[inbox]
host = "IMAP.example.org"
port = 1993
security = "starttls"
user = "postmaster"
password = "{KEY}"
folder = "Lists"
move_to = "Lists/Done"
authserv = ["mx.example.org", "mx.example.org"]
[smtp]
host = "::1"
user = "delist"
password_file = "relay.secret"
sendmail = "/usr/lib/sendmail"
[notify]
to = ["postmaster@example.org", "pager"]
from = "delist@example.org"
second = ["pager"]
sends_from = ["203.0.113.7"]
timeout = 5
[notify.owners]
"Hanako S." = ["hanako@example.jp", "pager"]
[notify.channels]
pager = "ntfys://{KEY}@ntfy.example.org/topic"
[run]
check = "all"
logs = ["mail.log", "/var/log/mx2/*.log"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The path of a config file that does not exist yet."""
    return tmp_path / "config.toml"


def read(config: Path, text: str) -> Settings:
    """Return the settings of a text."""
    config.write_text(text)
    return settings.read(config)


def refusal(config: Path, text: str) -> str:
    """Return the one sentence with which a text is refused."""
    with pytest.raises(SetupError) as error:
        settings.check_lists(config, read(config, text), CATALOGUE.keys)
    assert "\n" not in str(error.value)
    assert str(config) in str(error.value)
    return str(error.value)


def test_everything_is_read_as_values(config: Path) -> None:
    found = read(config, WHOLE)
    assert found.use == Use(False, frozenset({"barracuda", "spamhaus-pbl"}), {"spamhaus": KEY}, {"spamcop": 5000})
    assert found.dns == Dns(("192.0.2.53:53", "[2001:db8::53]:5353", "[::1]:53"), 200.0)
    assert found.own == ("203.0.113.7", "2001:db8::/48")
    assert found.instances == {"postfix-out": "203.0.113.8", "mx2/postfix": "2001:db8::25"}
    settings.check_lists(config, found, CATALOGUE.keys)


def test_inbox_relay_and_recipients_are_read_as_values(config: Path) -> None:
    found = read(config, LOOP)
    login = Login("imap.example.org", 1993, "starttls", "postmaster", KEY)
    assert found.inbox == Inbox("", login, "Lists", ("mx.example.org",), "Lists/Done")
    assert found.smtp == Login("::1", None, "starttls", "delist", password_file=str(config.parent / "relay.secret"))
    assert found.sendmail == "/usr/lib/sendmail"
    assert (found.notify.to, found.notify.sender) == (("postmaster@example.org", "pager"), "delist@example.org")
    assert (found.notify.second, found.notify.sends_from) == (("pager",), ("203.0.113.7",))
    assert found.notify.owners == {"Hanako S.": ("hanako@example.jp", "pager")}
    assert found.logs == (str(config.parent / "mail.log"), "/var/log/mx2/*.log")
    assert (found.notify.channels["pager"][:8], found.notify.timeout, found.check) == ("ntfys://", 5.0, "all")


def test_without_a_word_nothing_is_read_sent_or_asked_beside_what_is_due(config: Path) -> None:
    found = read(config, "[inbox]\n[smtp]\n[notify]\n[run]\n")
    assert found.inbox.is_set is False
    assert (found.notify, found.check, found.smtp.host) == (Notify(), "due", "")
    # A relay is spoken to in the clear only by those who say so.
    assert found.smtp.security == "starttls"


def test_no_password_and_no_channel_is_shown_with_the_settings(config: Path) -> None:
    found = read(config, LOOP)
    for text in (repr(found), f"{found}", repr(found.inbox), repr(found.smtp), repr(found.notify)):
        assert KEY not in text
    assert found.inbox.login.secret() == KEY


def test_a_path_counts_from_the_folder_of_the_configuration(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/hanako")
    assert read(config, "[inbox]\npath = 'Maildir'").inbox.path == str(config.parent / "Maildir")
    assert read(config, "[inbox]\npath = '~/Maildir'").inbox.path == "/home/hanako/Maildir"
    assert read(config, "[inbox]\npath = '/var/mail/delist'").inbox.path == "/var/mail/delist"


def test_a_password_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{KEY}\n")
    assert Login(password_file=str(tmp_path / "secret")).secret() == KEY
    with pytest.raises(SetupError, match=r"cannot read the password file .*nowhere: No such file"):
        Login(password_file=str(tmp_path / "nowhere")).secret()


@pytest.mark.parametrize("text", ["", "[use]\n[dns]\n[own]\n", "[use.keys]\n[use.queries_per_day]\n"])
def test_without_a_word_nothing_is_declared(config: Path, text: str) -> None:
    found = read(config, text)
    assert (found.use, found.dns, found.own) == (Use(), Dns(), ())
    assert (found.use.commercial, found.dns.nameservers, found.dns.queries_per_second) == (None, (), None)
    assert settings.read(config.with_name("none.toml")) == Settings()


@pytest.mark.parametrize(("text", "is_so"), [("true", True), ("false", False)])
def test_commercial_use_is_as_it_is_said(config: Path, text: str, is_so: bool) -> None:
    assert read(config, f"[use]\ncommercial = {text}\n").use.commercial is is_so


def test_a_key_is_not_shown_with_the_settings(config: Path) -> None:
    found = read(config, WHOLE)
    for text in (repr(found), str(found), repr(found.use), f"{found.use}"):
        assert KEY not in text
    assert found.use.keys["spamhaus"] == KEY


@pytest.mark.parametrize(
    "text",
    [
        f'[use]\nkeys = "{KEY}"',
        f'[use]\nkeys = ["{KEY}"]',
        f'[use.keys]\nspamhaus = ["{KEY}"]',
        f'[use.keys]\nspamhaus = {{ key = "{KEY}" }}',
        f'[use.keys]\nspamhaus = "{KEY} "',
        f'[use.keys]\nspamhaus = "{KEY}.zen.example.org"',
        f'[use.keys]\nspamhaus = "{KEY}{KEY}{KEY}"',
        f'[use.keys]\nspamhuas = "{KEY}"',
        f'[use.keys]\n{KEY} = "spamhaus"',
        f"[use.keys]\n{KEY} = 5",
        f'[use.keys]\nspamhaus = "{KEY}\nabusix = "x"',
        f'[use]\nspamhaus = "{KEY}"',
        f'[use]\ncommercial = "{KEY}"',
        f'keys = "{KEY}"',
        f'[keys]\nspamhaus = "{KEY}"',
        f'[use.key]\nspamhaus = "{KEY}"',
        f'[inbox]\npassword = ["{KEY}"]',
        f'[inbox]\nhost = "imaps://me:{KEY}@imap.example.org"\nuser = "me"',
        f'[smtp]\npasword = "{KEY}"',
        f'[smtp]\nhost = "smtp://me:{KEY}@relay.example.org"',
        f'[smtp]\nport = "{KEY}"',
        f'[notify]\nto = ["ntfys://{KEY}@ntfy.example.org/topic"]',
        f'[notify]\nsecond = ["tgram://{KEY}/123"]',
        f'[notify]\nchannels = "tgram://{KEY}/123"',
        f'[notify.channels]\npager = ["tgram://{KEY}/123"]',
        f'[notify.channels]\n"tgram://{KEY}/123" = "pager"\n[notify]\nto = ["tgram"]',
        f'[notify.owners]\nhanako = ["tgram://{KEY}/123"]',
    ],
)
def test_no_error_ever_tells_a_key(config: Path, text: str) -> None:
    assert KEY not in refusal(config, text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("use = 5", "use must be a [use] table"),
        ("[uses]\ncommercial = true", "'uses' is no setting (did you mean 'use'?)"),
        ('[use]\ncommercial = "no"', "[use] commercial must be true or false"),
        ("[use]\ncomercial = true", "[use] 'comercial' is no setting (did you mean 'commercial'?)"),
        ("[use.kyes]\nspamhaus = 'x'", "[use] 'kyes' is no setting (did you mean 'keys'?)"),
        ('[use]\nregistered = "barracuda"', "[use] registered must be a list of texts"),
        ("[use]\nregistered = [5]", "[use] registered must be a list of texts"),
        ("[use]\nkeys = 5", "[use] keys must be a [use.keys] table"),
        ("[use.keys]\nspamhaus = 5", "[use.keys] a value must be the key as the operator gave it"),
        ("[use.keys]\nspamhaus = ''", "[use.keys] a value must be the key as the operator gave it"),
        ("[use]\nqueries_per_day = 5", "[use] queries_per_day must be a [use.queries_per_day] table"),
        ("[use.queries_per_day]\nspamcop = 0", "[use.queries_per_day] spamcop must be a whole number above zero"),
        ("[use.queries_per_day]\nspamcop = 1.5", "[use.queries_per_day] spamcop must be a whole number above zero"),
        ("[use.queries_per_day]\nspamcop = true", "[use.queries_per_day] spamcop must be a whole number above zero"),
        ('[dns]\nnameservers = "192.0.2.53"', "[dns] nameservers must be a list of texts"),
        ('[dns]\nnameservers = ["ns.example.org"]', "[dns] nameservers is wrong: 'ns.example.org' is no address"),
        ("[dns]\nqueries_per_second = 0", "[dns] queries_per_second must be a number above zero"),
        ("[dns]\nqueries_per_second = nan", "[dns] queries_per_second must be a number above zero"),
        ("[dns]\nqueries_per_second = true", "[dns] queries_per_second must be a number above zero"),
        ('[dns]\nnameserver = ["192.0.2.53"]', "did you mean 'nameservers'?"),
        ("own = ['203.0.113.7']", "own must be a [own] table"),
        ("[own]\naddresses = '203.0.113.7'", "[own] addresses must be a list of texts"),
        ("[own]\naddresses = ['10.0.0.1']", "[own] addresses is wrong: 10.0.0.1 is a private address"),
        ("[own]\naddresses = ['203.0.113.7/24']", "[own] addresses is wrong: 203.0.113.7/24 has host bits set"),
        ("[own.instances]\nout = '203.0.113.0/24'", "[own.instances] out is wrong: 203.0.113.0/24 is a network"),
        ("[own.instances]\nout = ['203.0.113.8']", "[own.instances] out must be a text"),
        ("[own.instances]\nout = 'mx1'", "[own.instances] out is wrong: 'mx1' is no IP address"),
        ("[own]\ninstances = '203.0.113.8'", "[own] instances must be a [own.instances] table"),
        ("[use]\nregistered = ['baracuda']", "[use] registered: 'baracuda' is no list (did you mean 'barracuda'?)"),
        ("[use.queries_per_day]\nspamcpo = 5", "[use.queries_per_day] 'spamcpo' is no list (did you mean 'spamcop'?)"),
        ("[reminders.leads]\nspamcpo = 'P1D'", "[reminders.leads] 'spamcpo' is no list (did you mean 'spamcop'?)"),
        ("[use.keys]\nspamhuas = 'x'", "[use.keys] 'spamhuas' begins no list's key (did you mean 'spamhaus'?)"),
        ("[inbox]\nhost = 'imap.example.org'", "[inbox] user is missing"),
        ("[inbox]\nuser = 'me'", "[inbox] host is missing"),
        ("[inbox]\npath = '/m'\nhost = 'imap.example.org'", "[inbox] path and host: mails are read from the one or"),
        ("[inbox]\nhost = 'imap example'\nuser = 'me'", "[inbox] host is wrong: it must be a host's name or address"),
        ("[inbox]\nport = 70000", "[inbox] port must be a port, 1 to 65535"),
        ("[smtp]\nsecurity = 'ssl'", "[smtp] security must be tls or starttls or none"),
        ("[run]\ncheck = 'some'", "[run] check must be due or all or none"),
        ("[notify]\nto = ['pagr']\n[notify.channels]\npager = 'x'", "'pagr' is no mail address and names no channel"),
        ("[notify]\nto = ['pagr']\n[notify.channels]\npager = 'x'", "(did you mean 'pager'?)"),
        ("[notify.owners]\nme = ['pager']", "[notify] me: 'pager' is no mail address and names no channel"),
        ("[notify]\nfrom = 'pager'", "[notify] from "),
        ("[use.keys]\nzzzzzzzz = 'x'", "[use.keys] a name begins no list's key: write it as spamhaus = "),
    ],
)
def test_what_is_wrong_is_named_with_what_it_must_be(config: Path, text: str, says: str) -> None:
    assert says in refusal(config, text)


def test_all_that_is_wrong_is_said_at_once(config: Path) -> None:
    text = "[use]\ncommercial = 5\n[dns]\nqueries_per_second = -1\n[own]\naddresses = 3\n[use.keys]\nspamhaus = 5\n"
    said = refusal(config, text)
    assert all(part in said for part in ("commercial", "queries_per_second", "addresses", "[use.keys]"))
    unknown = refusal(config, "[use]\nregistered = ['xx', 'yy']\n[use.queries_per_day]\nzz = 5\n")
    assert all(f"'{key}' is no list" in unknown for key in ("xx", "yy", "zz"))


@pytest.mark.parametrize("name", ["t-online", "spamhaus", "uceprotect", "abusix", "t"])
def test_a_key_is_kept_under_what_the_keys_of_the_lists_begin_with(config: Path, name: str) -> None:
    settings.check_lists(config, read(config, f"[use.keys]\n{name} = '{KEY}'\n"), CATALOGUE.keys)


def test_the_catalogue_is_asked_only_if_the_settings_name_a_list(config: Path) -> None:
    def keys() -> list[str]:
        raise AssertionError

    settings.check_lists(config, read(config, "[dns]\nqueries_per_second = 1\n[use]\ncommercial = true\n"), keys)
    with pytest.raises(AssertionError):
        settings.check_lists(config, read(config, "[use]\nregistered = ['spamcop']\n"), keys)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("127.0.0.1", "127.0.0.1:53"),
        (" 192.0.2.53:5353 ", "192.0.2.53:5353"),
        ("2001:DB8:0::53", "[2001:db8::53]:53"),
        ("[2001:db8::53]", "[2001:db8::53]:53"),
        ("[2001:db8::53]:65535", "[2001:db8::53]:65535"),
        ("::1", "[::1]:53"),
    ],
)
def test_a_name_server_has_one_spelling(text: str, found: str) -> None:
    assert nameserver(text) == found
    assert nameserver(found) == found


@pytest.mark.parametrize(
    "text",
    [
        *("", "ns.example.org", "192.0.2.53:0", "192.0.2.53:65536", "192.0.2.53:", "192.0.2.53:dns", "192.0.2"),
        *("[192.0.2.53]:53", "[2001:db8::53", "2001:db8::53]:53", "[2001:db8::53]53", "[]:53", "192.0.2.53:٥٣"),
    ],
)
def test_what_is_no_address_of_a_name_server_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match=r"is no address of a name server: write it as 192\.0\.2\.53"):
        nameserver(text)


@given(st.ip_addresses(), st.integers(1, 65535))
@hypothesis_settings(max_examples=150)
def test_every_address_with_a_port_is_a_name_server(address: object, port: int) -> None:
    text = f"[{address}]:{port}" if ":" in str(address) else f"{address}:{port}"
    assert nameserver(text) == text
    assert nameserver(str(address)).endswith(":53")


@given(st.text(max_size=40))
@hypothesis_settings(max_examples=200)
def test_any_text_is_a_name_server_or_refused_in_one_sentence(text: str) -> None:
    try:
        said = nameserver(nameserver(text))
    except UsageError as error:
        said = str(error)
    assert "\n" not in said
    assert said.endswith("[2001:db8::53]:53") or nameserver(text) == said


def test_each_setting_is_told_once_with_what_it_is_for() -> None:
    names = [(setting.table, setting.name) for setting in SETTINGS]
    assert len(set(names)) == len(names)
    assert all(setting.about.endswith(".") for setting in SETTINGS)
    assert {("use", "commercial"), ("use.keys", "NAME"), ("dns", "nameservers"), ("own", "addresses")} <= set(names)


def test_the_places_of_a_home_are_all_inside_it(tmp_path: Path) -> None:
    found = settings.places({**os.environ, "DELIST_HOME": str(tmp_path)})
    assert {found.config.parent, found.lists.parent, found.database.parent, found.templates.parent} == {tmp_path}
