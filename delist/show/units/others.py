"""The nightly run by cron, and in a container; logrotate."""

from collections.abc import Iterator

from delist.actions.running.installation import CONFIG, STATE, USER, Installation
from delist.show.units.systemd import made_folders, made_user
from delist.show.units.values import Unit, for_cron


def cron(here: Installation) -> Unit:
    """Return a file for /etc/cron.d."""
    named = ("--database", str(here.named_database)) if here.named_database else ()
    home = {"DELIST_HOME": str(here.home)} if here.home else here.environment if here.is_own else {}
    user = here.user if here.is_own else USER
    return Unit(
        "delist-run",
        "# For /etc/cron.d: runs every night, and cron mails what it says; nothing is printed if nothing happened.\n"
        "# Not together with the systemd timer.\n"
        f"MAILTO={here.mailto or 'postmaster'}\n"
        + "".join(f'{name}="{value}"\n' for name, value in home.items())
        + f"{here.minute} {here.hour} * * * {user} {for_cron((*here.program, *named, 'run'))}\n",
    )


def cron_advice(here: Installation, folder: str | None) -> Iterator[str]:
    """Yield what to do once for cron."""
    if here.is_own:
        if folder is None:
            yield "once, as root: delist units --cron -o /etc/cron.d"
        yield f"it runs as {here.user}, with that person's configuration and database, and reads logs if they may"
        return
    yield "once, as root:"
    yield from made_user(here)
    if here.groups:
        # So that it may read the logs: what systemd gives by SupplementaryGroups.
        yield f"  usermod -aG {','.join(here.groups)} {USER}"
    yield from made_folders(here)
    if folder is None:
        yield "  delist units --cron -o /etc/cron.d"
    yield f"then look: sudo -u {USER} {here.program[0]} doctor; whoever uses it joins: usermod -aG {USER} NAME"
    for log in here.unreadable:
        yield f"warning: no group reads {log}: {USER} cannot (chgrp adm, chmod g+r, and the same in logrotate)"


_CONTAINER = """# Build in the checkout of delist {version}: podman build -f Containerfile -t delist .
# Every night, from the host's cron or a timer:
#   podman run --rm -v /etc/delist:{config}:ro -v delist:{state} -v /var/log:/var/log:ro --group-add keep-groups delist
FROM python:3.13-slim
COPY . /usr/src/delist
RUN pip install --no-cache-dir '/usr/src/delist[all]' \\
 && useradd --system --home-dir {state} --shell /usr/sbin/nologin {user} \\
 && install -d -m 0755 {config} \\
 && install -o root -g {user} -m 0640 /dev/null {config}/config.toml \\
 && install -d -o {user} -g {user} -m 2770 {state}
VOLUME ["{config}", "{state}"]
USER {user}
ENTRYPOINT ["delist"]
CMD ["run"]
"""


def container(here: Installation) -> Unit:
    """Return a file to build a container image with."""
    return Unit("Containerfile", _CONTAINER.format(version=here.version, config=CONFIG, state=STATE, user=USER))


def container_advice(here: Installation) -> Iterator[str]:
    """Yield what to know of the container."""
    yield "in a container there is no sendmail: notices by mail need [smtp] host in config.toml"
    yield f"any other command: podman run --rm -v delist:{STATE} -v {CONFIG}:{CONFIG}:ro delist due"


_LOGROTATE = """# Mostly not needed: `delist run` reads on where it stopped, in rotated logs too, packed or not.
# Needed only for a log of which rotated files are gone before the next run (`rotate 0`, or many rotations a day).
# Where another file in /etc/logrotate.d names these logs already, put the lines from prerotate to endscript there:
# logrotate takes each log once.
{logs} {{
    missingok
    notifempty
    sharedscripts
    prerotate
        # What fails here must not keep the log from being rotated.
        {command} || true
    endscript
}}
"""


def logrotate(here: Installation) -> Unit:
    """Return a file for /etc/logrotate.d."""
    from shlex import join

    named = ("--database", str(here.named_database)) if here.named_database else ()
    home = ("env", f"DELIST_HOME={here.home}") if here.home else ()
    words = ("runuser", "-u", here.user if here.is_own else USER, "--", *home, *here.program, *named)
    live = [path for path in here.logs if not path.endswith((".gz", ".xz", ".bz2", ".zst")) and not path[-1].isdigit()]
    text = _LOGROTATE.format(
        logs=" ".join(live) or "/var/log/mail.log",
        command=join((*words, "scan", "--new", "--record", *here.named_logs)),
    )
    return Unit("delist", text)


def logrotate_advice(here: Installation) -> Iterator[str]:
    """Yield what to know of log rotation."""
    yield "look first whether it is needed: delist scan reads across rotation"
