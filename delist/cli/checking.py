"""`delist check`: ask the lists."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from time import monotonic
from typing import Annotated

import typer

from delist.actions.checking.run import Part, Pause, Run, Wish, begin, by_hand
from delist.actions.checking.whom import LARGEST_EXPANSION, lines_of, named
from delist.cli import words
from delist.errors import OutsideFailed, UsageError
from delist.show.checks import plugin, report, stream

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
        "--expand": expand,
        "--out": out is not None,
        "ADDRESS": bool(addresses or file),
        f"--format {format_}": format_ is not Format.TEXT,
    }
    _refuse_contradictions(options)
    given = _given(addresses or [], file, expand, limit or LARGEST_EXPANSION)
    if look_by_hand:
        _pages(ctx, lists or [], _one(given), as_json)
        return
    wait = not no_wait and format_ is Format.TEXT
    wish = Wish(given, tuple(lists or ()), tuple(nameservers or ()), site, due, once, wait, dry_run, resume)
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
        words.talk(ctx, report.before(run))
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
    _end(run, exit_code)


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


def _given(addresses: Sequence[str], file: str | None, expand: bool, limit: int) -> tuple[str, ...]:
    texts = [word for text in addresses for word in (lines_of(words.stdin_text()) if text == "-" else [text])]
    if file is not None:
        texts += lines_of(words.file_text(file))
    if (addresses or file) and not texts:
        raise UsageError(f"{'standard input' if file in (None, '-') else file} names no address")
    return named(texts, expand, limit)


def _pages(ctx: typer.Context, lists: list[str], address: str, as_json: bool) -> None:
    entries = by_hand(words.tools_of(ctx), lists)
    if as_json:
        words.document(report.by_hand_json(entries, address))
    else:
        words.result(report.by_hand(entries, address))


def _one(given: tuple[str, ...]) -> str:
    if len(given) != 1:
        raise UsageError("--by-hand is about one address: name it")
    return given[0]


def _people(ctx: typer.Context, run: Run, verbose: bool) -> None:
    tools = words.tools_of(ctx)
    gathered = report.Report(run, verbose)
    for part in _parts(ctx, run):
        gathered.add(part)
        if isinstance(part, Pause):
            words.result(gathered.lines())
    if not gathered.is_told:
        words.result(gathered.lines())
    words.result(report.changes(run, tools.zone))
    words.talk(ctx, [*report.not_asked(run), *report.left_waiting(run.summary)])


def _stream(ctx: typer.Context, run: Run) -> None:
    for part in _parts(ctx, run):
        if isinstance(part, Part) and not part.again:
            words.result("".join(f"{line}\n" for line in stream.lines(part)))


def _changes(ctx: typer.Context, run: Run, as_json: bool) -> None:
    zone = words.tools_of(ctx).zone
    for _ in run.parts():
        pass
    if as_json:
        words.result([*(stream.change(changed, run, zone) for changed in run.summary.changed), *stream.troubles(run)])
        return
    words.result([*report.changes(run, zone), *report.changed_troubles(run)])


def _plugin(run: Run) -> int:
    gathered, begun = plugin.Plugin(run), monotonic()
    for part in run.parts():
        gathered.add(part)
    words.result(gathered.line(monotonic() - begun))
    return gathered.state


def _metrics(run: Run, out: str | None) -> None:
    from delist.show.checks.metrics import Metrics

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
                words.talk(ctx, report.pausing(part))
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


def _end(run: Run, exit_code: bool) -> None:
    summary = run.summary
    if exit_code and summary.is_listed:
        raise typer.Exit(LISTED_EXIT)
    if exit_code and summary.could_not_tell:
        raise typer.Exit(UNTOLD_EXIT)
    if not summary.verdicts and (why := report.why_not_asked(run)):
        raise UsageError(f"nobody was asked: {why}")
    if summary.nothing_told:
        raise OutsideFailed(f"no list could tell anything: {report.why_nothing(run)}")
