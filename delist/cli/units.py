"""`delist units`: files that have the nightly run done by itself."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from delist.actions.running.installation import Installation, installation
from delist.cli import files, words
from delist.errors import NotFound, UsageError
from delist.show.units import others, systemd
from delist.show.units.values import Unit, printed

app = words.commands()

_PUBLIC = 0o644


@app.command()
def units(
    ctx: typer.Context,
    for_systemd: Annotated[bool, typer.Option("--systemd", help="A service and its timer.")] = False,
    for_cron: Annotated[bool, typer.Option("--cron", help="A file for /etc/cron.d.")] = False,
    for_container: Annotated[bool, typer.Option("--container", help="A Containerfile.")] = False,
    for_logrotate: Annotated[bool, typer.Option("--logrotate", help="A file for /etc/logrotate.d.")] = False,
    out: Annotated[str | None, typer.Option("--out", "-o", metavar="DIR", help="Write them into this folder.")] = None,
) -> None:
    """Print what starts `delist run`, for systemd, cron, a container.

    Paths are absolute, and those of this installation. What has to be done once before stands on stderr.
    """
    wanted = {"--systemd": for_systemd, "--cron": for_cron, "--container": for_container, "--logrotate": for_logrotate}
    here = installation(words.tools_of(ctx), os.environ)
    made, advice = _made([name for name, is_wanted in wanted.items() if is_wanted], here, out)
    if out is None:
        words.result(printed(made))
    else:
        words.record(ctx, _written(made, out))
    words.talk(ctx, advice)


_Made = tuple[Sequence[Unit], Iterable[str]]
_KINDS: dict[str, Callable[[Installation, str | None], _Made]] = {
    "--systemd": lambda here, out: (systemd.units(here), systemd.advice(here, out)),
    "--cron": lambda here, out: ([others.cron(here)], others.cron_advice(here, out)),
    "--container": lambda here, out: ([others.container(here)], others.container_advice(here)),
    "--logrotate": lambda here, out: ([others.logrotate(here)], others.logrotate_advice(here)),
}


def _made(wanted: Sequence[str], here: Installation, out: str | None) -> _Made:
    if len(wanted) != 1:
        raise UsageError(f"say for what, once: {', '.join(_KINDS)}")
    return _KINDS[wanted[0]](here, out)


def _written(made: Iterable[Unit], folder: str) -> list[str]:
    if not Path(folder).is_dir():
        raise NotFound(f"there is no folder {folder} to write into")
    paths = [(str(Path(folder) / unit.name), unit) for unit in made]
    return [f"wrote {path}{files.write_whole(path, unit.text.splitlines(), _PUBLIC).remark}" for path, unit in paths]
