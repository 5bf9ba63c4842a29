"""`delist check`: ask the lists."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from delist.actions.checking.outcome import Part, Pause, Wish
from delist.actions.checking.run import Run, begin, by_hand
from delist.actions.checking.whom import LARGEST_EXPANSION, first_wrong, lines_of, named
from delist.cli import words
from delist.errors import NotFound, OutsideFailed, UsageError
from delist.show.checks import plugin, report, stream, talk

app = words.commands()

LISTED_EXIT, UNTOLD_EXIT = 10, 11
# So many questions take a while.
_LONG = 2000


class Format(StrEnum):
    """What reads the result."""

    TEXT = "text"
    NAGIOS = "nagios"
    PROMETHEUS = "prometheus"


@app.command()
def check(
    ctx: typer.Context,
    addresses: Annotated[
        list[str] | None, typer.Argument(metavar="[ADDRESS]...", help="Addresses, networks, or - for stdin.")
    ] = None,
    lists: Annotated[
        list[str] | None, typer.Option("--list", "-l", metavar="LIST", help="Only this list; may be repeated.")
    ] = None,
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="FILE", help="The addresses of a file, # for comments.")
    ] = None,
    site: words.Site = None,
    due: Annotated[bool, typer.Option("--due", help="Only addresses with an open case or a window near.")] = False,
    expand: Annotated[bool, typer.Option("--expand", help="Ask about each address of a network.")] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many addresses by --expand: 65536.")
    ] = None,
    nameservers: words.Nameservers = None,
    once: Annotated[bool, typer.Option("--once", help="Trust one look: record without a second one.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Leave second looks to the next run.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the same check where it was stopped.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask, and record nothing.")] = False,
    look_by_hand: Annotated[
        bool, typer.Option("--by-hand", help="Ask nobody: print where to look an address up.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print everything, one by one.")] = False,
    changes: Annotated[
        bool, typer.Option("--changes", help="Print only what changed since last time, or nothing at all.")
    ] = False,
    as_json: words.AsJson = False,
    format_: Annotated[Format, typer.Option("--format", help="For a monitoring plugin, or as metrics.")] = Format.TEXT,
    out: Annotated[str | None, typer.Option("--out", metavar="FILE", help="Write the metrics to a file.")] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 10 if something is listed, 11 if a list could not tell.")
    ] = False,
) -> None:
    """Ask DNS blocklists about addresses, and record what changed.

    Without ADDRESS: the recorded addresses, else this host's own. A list that does not answer rightly is never
    taken for a clear one.
    """
    options = {
        "--changes": changes,
        "--json": as_json,
        "--dry-run": dry_run,
        "--due": due,
        "--site": site is not None,
        "--resume": resume,
        "--verbose": verbose,
        "--once": once,
        "--no-wait": no_wait,
        "--limit": limit is not None,
        "--by-hand": look_by_hand,
        "--exit-code": exit_code,
        "--expand": expand,
        "--out": out is not None,
        "ADDRESS": bool(addresses or file),
        f"--format {format_}": format_ is not Format.TEXT,
    }
    _refuse_contradictions(options)
    most = (limit or LARGEST_EXPANSION) if expand else None
    given = _given(addresses or [], file, most)
    if look_by_hand:
        _pages(ctx, lists or [], _one(given), as_json)
        return
    wait = not no_wait and format_ is Format.TEXT
    wish = Wish(
        given, tuple(lists or ()), tuple(nameservers or ()), site, due, most, once, wait, dry_run, changes, resume
    )
    _look(ctx, begin(words.tools_of(ctx), wish), format_, changes, as_json, verbose, out, exit_code)


def _look(
    ctx: typer.Context,
    run: Run,
    format_: Format,
    changes: bool,
    as_json: bool,
    verbose: bool,
    out: str | None,
    exit_code: bool,
) -> None:
    if not changes:
        words.talk(ctx, talk.before(run))
    if format_ is Format.NAGIOS:
        raise typer.Exit(_plugin(run))
    if format_ is Format.PROMETHEUS:
        _metrics(run, out)
    elif changes:
        _changes(ctx, run, as_json)
    elif as_json:
        _stream(ctx, run)
    else:
        _people(ctx, run, verbose)
    _end(ctx, run, exit_code, changes)


# Options that say nothing, or opposite things, when given together.
_CONTRADICTIONS = (
    ("--changes", "--dry-run", "nothing is recorded, so nothing changes"),
    ("--resume", "--dry-run", "what is not recorded cannot be gone on with"),
    ("--once", "--dry-run", "nothing is recorded anyway"),
    ("--no-wait", "--dry-run", "nothing is recorded anyway"),
    ("--once", "--no-wait", "one look needs no second one"),
    ("--due", "ADDRESS", "it picks among the recorded addresses"),
    ("--site", "ADDRESS", "it picks among the recorded addresses"),
    ("--verbose", "--json", "JSON is complete already"),
    ("--verbose", "--changes", "what did not change is what it leaves out"),
    *(("--by-hand", other, "it asks nobody") for other in ("--changes", "--due", "--resume", "--once", "--no-wait")),
    *(("--by-hand", other, "it asks nobody") for other in ("--dry-run", "--format nagios", "--format prometheus")),
    ("--by-hand", "--expand", "it is about one address"),
    ("--format nagios", "--json", "it is a form of its own"),
    ("--format nagios", "--changes", "it is a form of its own"),
    ("--format nagios", "--verbose", "it is one line"),
    ("--format nagios", "--no-wait", "it never waits"),
    ("--format nagios", "--resume", "it tells the whole"),
    ("--format nagios", "--exit-code", "it has states of its own"),
    *(("--by-hand", other, "it asks nobody") for other in ("--verbose", "--exit-code")),
    ("--format prometheus", "--resume", "it tells the whole"),
    ("--format prometheus", "--json", "it is a form of its own"),
    ("--format prometheus", "--changes", "it is a form of its own"),
    ("--format prometheus", "--verbose", "it is a form of its own"),
    ("--format prometheus", "--no-wait", "it never waits"),
)


def _refuse_contradictions(options: Mapping[str, bool]) -> None:
    for one, other, why in _CONTRADICTIONS:
        if options.get(one) and options.get(other):
            raise UsageError(f"{one} and {other} do not go together: {why}")
    if options["--limit"] and not options["--expand"]:
        raise UsageError("--limit is for --expand: it says how many addresses that may make")
    if options["--out"] and not options.get("--format prometheus"):
        raise UsageError("--out is for --format prometheus: elsewhere redirect the output")


def _given(addresses: Sequence[str], file: str | None, most: int | None) -> tuple[str, ...]:
    texts = [word for text in addresses for word in (lines_of(words.stdin_text()) if text == "-" else [text])]
    text = words.file_text(file) if file is not None else ""
    texts += lines_of(text)
    if (addresses or file) and not texts:
        raise UsageError(f"{'standard input' if file in (None, '-') else file} names no address")
    try:
        return named(texts, most is not None, most or 0)
    except UsageError as error:
        if found := first_wrong(text):
            raise UsageError(f"{file}, line {found[0]}: {found[1]}") from error
        raise


def _pages(ctx: typer.Context, lists: list[str], address: str, as_json: bool) -> None:
    entries = by_hand(words.tools_of(ctx), lists)
    if as_json:
        words.document(talk.by_hand_json(entries, address))
    else:
        words.result(talk.by_hand(entries, address))


def _one(given: tuple[str, ...]) -> str:
    if len(given) != 1:
        raise UsageError("--by-hand is about one address: name it")
    return given[0]


def _people(ctx: typer.Context, run: Run, verbose: bool) -> None:
    tools = words.tools_of(ctx)
    gathered = report.Report(run, verbose)
    try:
        for part in _parts(ctx, run):
            gathered.add(part)
            if isinstance(part, Pause):
                words.result(gathered.lines())
    except KeyboardInterrupt:
        words.talk(ctx, talk.stopped(run))
        raise
    finally:
        # Whatever ends a run: what it has found, and changed, is told.
        if not gathered.is_told and (run.summary.addresses or not run.about.addresses):
            words.result(gathered.lines())
        words.result(talk.changes(run.summary.changed, run, tools.zone))
    words.talk(ctx, [*talk.not_asked(run), *talk.left_waiting(run.summary)])


def _stream(ctx: typer.Context, run: Run) -> None:
    for part in _parts(ctx, run):
        if isinstance(part, Part) and not part.again:
            words.result("".join(f"{line}\n" for line in stream.lines(part)))


def _changes(ctx: typer.Context, run: Run, as_json: bool) -> None:
    zone = words.tools_of(ctx).zone
    for part in run.parts():
        # Told as soon as it is recorded: the next run does not tell it again.
        if isinstance(part, Part):
            changed = part.recorded.changed
            told = [stream.change(each, run, zone) for each in changed] if as_json else talk.changes(changed, run, zone)
            words.result(told)
    words.result(stream.troubles(run) if as_json else talk.changed_troubles(run))
    if not run.summary.verdicts:
        # Quiet is for when nothing changed, not for when nobody was asked.
        words.talk(ctx, talk.not_asked(run))


def _plugin(run: Run) -> int:
    gathered, begun = plugin.Plugin(run), monotonic()
    for part in run.parts():
        gathered.add(part)
    words.result(gathered.line(monotonic() - begun))
    return gathered.state


def _metrics(run: Run, out: str | None) -> None:
    from delist.show.checks.metrics import Metrics

    if out is not None and not Path(out).absolute().parent.is_dir():
        raise NotFound(f"there is no folder {Path(out).absolute().parent} to write {out} into")
    gathered = Metrics(run)
    for part in run.parts():
        gathered.add(part)
    gathered.finish()
    if out is None:
        words.result(gathered.text())
    else:
        gathered.write(out)


def _parts(ctx: typer.Context, run: Run) -> Iterator[Part | Pause]:
    """Yield the parts of a run; on a terminal, and where it takes long, a bar says how far it is."""
    with _bar(ctx, run) as tick:
        for part in run.parts(tick):
            if isinstance(part, Pause):
                words.talk(ctx, talk.pausing(part))
            yield part


@contextmanager
def _bar(ctx: typer.Context, run: Run) -> Iterator[Callable[[int], None] | None]:
    questions = (len(run.about.addresses) - run.first) * len(run.plan.targets)
    if ctx.obj.quiet or questions < _LONG or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=questions)
        yield lambda count: progress.advance(task, count)


def _end(ctx: typer.Context, run: Run, exit_code: bool, quiet: bool) -> None:
    summary = run.summary
    if run.failure is not None:
        raise type(run.failure)(f"{run.failure}; what was found is told above (--dry-run only asks)")
    if not summary.verdicts and (why := talk.why_not_asked(run)):
        raise UsageError(f"nobody was asked: {why}")
    nothing = f"no list could tell anything: {run.summary.why_nothing}" if summary.nothing_told else ""
    if exit_code and (summary.is_listed or summary.could_not_tell):
        # Elsewhere each list has said so already.
        words.talk(ctx, [nothing] if quiet and nothing else [])
        raise typer.Exit(LISTED_EXIT if summary.is_listed else UNTOLD_EXIT)
    if nothing:
        raise OutsideFailed(nothing)
