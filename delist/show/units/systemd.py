"""The unit and the timer of the nightly run, and what has to be done once before."""

from collections.abc import Iterator
from shlex import quote

from delist.actions.running.installation import CONFIG, STATE, USER, Installation
from delist.show.units.values import Unit, for_systemd, path_for_systemd

SERVICE, TIMER = "delist-run.service", "delist-run.timer"

_TIMER = """[Unit]
Description=Run delist every night

[Timer]
# Not on the hour, when everybody else asks the lists; each machine at a time of its own.
OnCalendar=*-*-* 03:20
RandomizedDelaySec=1h
FixedRandomDelay=yes
Persistent=yes

[Install]
WantedBy=timers.target
"""

_SERVICE = """# Reads the mail logs, takes in mail, asks the lists, sends notices (journalctl -u delist-run).
[Unit]
Description=Nightly run of delist
Documentation=man:delist(1)
Wants=network-online.target
After=network-online.target nss-lookup.target

[Service]
Type=oneshot
User={user}
{groups}ExecStart={command}
{environment}StateDirectory=delist
StateDirectoryMode=2770
{writable}UMask=0007
TimeoutStartSec=6h
# How it ends when it is stopped.
SuccessExitStatus=143
Nice=10

# It reads logs and /etc/delist, writes its database, and speaks to the network: nothing else.
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
CapabilityBoundingSet=
"""


def units(here: Installation) -> list[Unit]:
    """Return the unit and its timer."""
    named = ("--database", str(here.named_database)) if here.named_database and not here.is_own else ()
    writable = [here.home] if here.home else []
    writable += [here.named_database.parent] if here.named_database and not here.is_own else []
    paths = " ".join(path_for_systemd(path) for path in writable)
    text = _SERVICE.format(
        user=USER,
        groups=f"SupplementaryGroups={' '.join(here.groups)}\n" if here.groups else "",
        command=for_systemd((*here.program, *named, "run")),
        environment=f"Environment={path_for_systemd(f'DELIST_HOME={here.home}')}\n" if here.home else "",
        writable=f"ReadWritePaths={paths}\n" if paths else "",
    )
    return [Unit(SERVICE, text), Unit(TIMER, _TIMER)]


def advice(here: Installation, folder: str | None) -> Iterator[str]:
    """Yield what to do once so that the unit can run, and what keeps it from running as things are."""
    yield from _once(here, folder)
    yield from warnings(here)


def _once(here: Installation, folder: str | None) -> Iterator[str]:
    yield "once, as root:"
    yield from made_user(here)
    if not here.home:
        yield f"  install -d -m 0755 {CONFIG}"
        if not here.is_shared:
            yield from _moving(here)
    yield from made_folders(here)
    if folder is None:
        yield "  delist units --systemd -o /etc/systemd/system"
    yield f"  systemctl daemon-reload && systemctl enable --now {TIMER}"
    yield f"then look: sudo -u {USER} {here.program[0]} doctor; whoever uses it joins: usermod -aG {USER} NAME"


def made_user(here: Installation) -> Iterator[str]:
    """Yield what makes the user as whom it runs, nothing if there is one."""
    if not here.has_user:
        yield f"  useradd --system --home-dir {STATE} --shell /usr/sbin/nologin {USER}"


def made_folders(here: Installation) -> Iterator[str]:
    """Yield what lets that user read the configuration and write the database."""
    if here.home:
        home = quote(str(here.home))
        yield f"  chgrp -R {USER} {home} && chmod -R g+rwX {home} && chmod g+s {home}"
        return
    # It may hold passwords.
    yield f"  chown root:{USER} {CONFIG}/config.toml && chmod 0640 {CONFIG}/config.toml"
    yield f"  install -d -o {USER} -g {USER} -m 2770 {STATE}"
    yield f"  chgrp -R {USER} {STATE} && chmod -R g+rwX {STATE}"


def _moving(here: Installation) -> Iterator[str]:
    if here.config.exists():
        yield f"  install -m 0640 {quote(str(here.config))} {CONFIG}/config.toml"
        for path in here.beside:
            there = quote(str(CONFIG / path.name))
            yield f"  cp -R {quote(str(path))} {CONFIG}/ && chgrp -R {USER} {there} && chmod -R g+rX,o= {there}"
    else:
        yield f"  install -m 0640 /dev/null {CONFIG}/config.toml"
    if here.database.exists():
        yield f"  install -d -m 2770 {STATE}"
        yield f"  {here.program[0]} --database {quote(str(here.database))} db backup {STATE}/delist.db"
        yield f"  chown {USER}:{USER} {STATE}/delist.db && chmod 0660 {STATE}/delist.db"


def warnings(here: Installation) -> Iterator[str]:
    """Yield what keeps the unit from running as things are."""
    if here.is_own:
        yield (
            f"warning: {here.config.parent} and {here.database} are one person's, and ProtectHome hides them: the unit"
            f" uses {CONFIG} and {STATE}, and so does root's shell once {CONFIG}/config.toml is there"
        )
    for path in here.hidden:
        yield f"warning: a hardened service does not see {path} (ProtectHome, PrivateTmp): it has to be elsewhere"
    for log in here.unreadable:
        yield f"warning: no group reads {log}: the unit cannot (chgrp adm, chmod g+r, and the same in logrotate)"
    if here.sends_by_program:
        yield (
            'warning: sendmail cannot take mail from a hardened service: set [smtp] host = "localhost", '
            'security = "none" (a relay that takes mail from this host)'
        )
