"""Fills in one template, in a sandbox; run as a program, does so within limits (`apart` starts it).

As a program it loads nothing of delist, reads one JSON object from standard input and writes one line of JSON.
"""

import json
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from mmap import mmap
from types import TracebackType
from typing import Any, cast
from unicodedata import category

if __name__ == "__main__":
    # It starts with the standard library alone; the folders of Jinja2 are its arguments.
    sys.path += sys.argv[1:]

import jinja2
from jinja2.bccache import Bucket
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

# Seconds of computing, and by the clock; bytes of memory (all that is mapped), and of text.
SECONDS = 2
PATIENCE = 5
MEMORY = 512 * 1024 * 1024
TEXT = 100_000
# Costs nothing, as it is never written to.
SPARE = 4 * 1024 * 1024
# Characters of a subject (RFC 5322, 2.1.1: of a line) and of a reason, which may quote the template.
SUBJECT = 998
REASON = 300

# Control characters, halves of characters, ends of lines and of paragraphs.
_NO_LINE = frozenset(("Cc", "Cs", "Zl", "Zp"))

# These use whatever is loaded late, also for an error.
FIRST = {
    "all": "{{ '\\N{BULLET}' | pprint | wordwrap(9) | striptags }}{{ lipsum() }}{% include 'broken' %}",
    "broken": "{%",
}
TOO_LONG = "it took longer than {} seconds"
TOO_LARGE = f"it wanted more than {MEMORY // 1024 // 1024} MB of memory"
HALF = "it wrote half a character (a surrogate), which no file can hold"
TOO_MUCH = f"it wrote more than {TEXT // 1000} kB of text"


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a template, or the flaw for which it cannot be used, and the line of that if there is one."""

    text: str = ""
    flaw: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """What a template made of the facts."""

    text: str
    subject: str | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no text: in which template, in which of its lines if that is known, and whose fault it is."""

    template: str
    line: int | None
    reason: str
    unknown_fact: bool = False


Outcome = Filled | Trouble
Load = Callable[[str], Source | None]


class Limit(BaseException):
    """A limit was reached. No error, so that nothing in Jinja2 takes it for one that it may pass over."""


class Flaw(Exception):
    """A template that is there but cannot be used."""

    def __init__(self, name: str, source: Source) -> None:
        super().__init__(source.flaw)
        self.name = name
        self.lineno = source.line


class _Compiled(jinja2.BytecodeCache):
    """What templates were compiled to, by their source: of many texts from one template, that takes most of the time.

    Sources are asked for all the same, each time.
    """

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template what its source was compiled to before."""
        if bucket.key + bucket.checksum in self._known:
            bucket.bytecode_from_string(self._known[bucket.key + bucket.checksum])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what the source of a template was compiled to."""
        self._known[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def fill(load: Load, name: str, facts: Mapping[str, Any]) -> Outcome:
    """Return what a template makes of the facts, or why it makes nothing; `load` has the sources of all templates."""
    spare = mmap(-1, SPARE)
    try:
        template = _environment(load).get_template(name)
        context = template.new_context(dict(facts))
        text = _gather(cast(Generator[str], template.root_render_func(context)))
        return Filled(text, _subject(context.get_exported().get("subject")))
    except jinja2.UndefinedError as error:
        return _trouble(error, name, unknown_fact=True)
    except (Exception, Limit) as error:
        # Where all memory is taken, there must be some to say so.
        spare.close()
        return _trouble(error, name)


def parsed(text: str, name: str) -> Trouble | None:
    """Return why a template cannot be read, None if it can; it is not filled in."""
    try:
        _environment(lambda _: None).parse(text, name)
    except Exception as error:
        return _trouble(error, name)
    return None


def _environment(load: Load) -> ImmutableSandboxedEnvironment:
    def find(name: str) -> str | None:
        source = load(name)
        if source is not None and source.flaw:
            raise Flaw(name, source)
        return source.text if source else None

    return ImmutableSandboxedEnvironment(
        loader=jinja2.FunctionLoader(find),
        bytecode_cache=_COMPILED,
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )


def _subject(given: object) -> str | None:
    """Return a subject that can stand in one line of a mail, in which a second line would be a header of its own."""
    if given is None:
        return None
    subject = str(given).strip()
    if len(subject) > SUBJECT:
        raise Limit(f"its subject is longer than {SUBJECT} characters")
    if any(category(each) in _NO_LINE for each in subject):
        raise Limit("its subject holds a line end, another control character, or half a character")
    return subject


def _gather(pieces: Generator[str]) -> str:
    """Return all pieces in one; a template that writes too many, or what no file can hold, learns it in its line."""
    gathered: list[str] = []
    size = 0
    for piece in pieces:
        try:
            size += len(piece.encode())
        except UnicodeEncodeError:
            pieces.throw(Limit(HALF))
        if size > TEXT:
            pieces.throw(Limit(TOO_MUCH))
        gathered.append(piece)
    return "".join(gathered)


def _trouble(error: BaseException, name: str, unknown_fact: bool = False) -> Trouble:
    where, line = _place(error.__traceback__)
    if isinstance(error, jinja2.TemplateSyntaxError | Flaw):
        where, line = error.name, error.lineno
    return Trouble(where or name, line, _reason(error), unknown_fact)


def _place(traceback: TracebackType | None) -> tuple[str | None, int | None]:
    """Return the template and its line in which something went wrong: while it ran, or while it was read."""
    name: str | None = None
    line: int | None = None
    while traceback:
        frame = traceback.tb_frame
        running = frame.f_globals.get("__jinja_template__")
        # Stand-ins for filters that there are not, t_1 and so on, are no place in the template.
        if running is not None and not frame.f_code.co_name.startswith("t_"):
            name, line = running.name, running.get_corresponding_lineno(traceback.tb_lineno)
        elif frame.f_code is jinja2.Environment.compile.__code__:
            name, line = frame.f_locals["name"], None
        elif isinstance(reader := frame.f_locals.get("self"), Parser):
            line = reader.stream.current.lineno
        elif isinstance(node := frame.f_locals.get("node", reader), jinja2.nodes.Node):
            line = node.lineno
        traceback = traceback.tb_next
    return name, line


def _reason(error: BaseException) -> str:
    match error:
        case MemoryError():
            words = TOO_LARGE
        case RecursionError():
            words = "it is nested too deeply, or includes or calls itself without end"
        case SyntaxError():
            words = error.msg
        case jinja2.TemplatesNotFound():
            words = f"there is no template {' or '.join(map(str, error.templates))}"
        case jinja2.TemplateNotFound():
            words = f"there is no template {error.name}"
        case OSError():
            words = "it wants something that stands in a file, and may open none"
        case jinja2.TemplateError() | Limit() | Flaw() | ArithmeticError() | TypeError() | ValueError():
            words = str(error) or type(error).__name__
        case _:
            words = f"{type(error).__name__} {error}"
    line = " ".join(words[: 2 * REASON].split())
    return "".join(each if each.isprintable() else "?" for each in line[:REASON])


def confine() -> None:
    """Set the limits of this process, for good.

    Where the system has none of these limits (Windows), or not all (macOS has none of memory), the starting process
    still ends this one after PATIENCE seconds and reads no more than a text may have.
    """
    if sys.platform == "win32":
        return
    import resource
    import signal
    import time

    def stop(number: int, _: object) -> None:
        raise Limit(TOO_LONG.format(SECONDS if number == signal.SIGPROF else PATIENCE))

    # These still find the line, and end it even if whoever started it is gone. A single step of the interpreter that
    # does not end hears no signal: the limit below ends it.
    for number, timer, most in (
        (signal.SIGPROF, signal.ITIMER_PROF, SECONDS),
        (signal.SIGALRM, signal.ITIMER_REAL, PATIENCE),
    ):
        signal.signal(number, stop)
        signal.setitimer(timer, most)
    last = int(time.process_time()) + SECONDS + 1
    wanted = {
        resource.RLIMIT_CPU: (last, last + 1),
        resource.RLIMIT_AS: (MEMORY, MEMORY),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_FSIZE: (0, 0),
        # No further one: the three standard streams stay open.
        resource.RLIMIT_NOFILE: (0, 0),
        # Has no effect on root.
        resource.RLIMIT_NPROC: (0, 0),
    }
    for what, (soft, hard) in wanted.items():
        given = resource.getrlimit(what)[1]
        if given != resource.RLIM_INFINITY:
            soft, hard = min(soft, given), min(hard, given)
        with suppress(OSError, ValueError):
            resource.setrlimit(what, (soft, hard))


def _grow_stack() -> None:
    """Have the stack grown as far as it goes in taking apart nested lists: where all memory is taken, it cannot."""
    nested: list[Any] = []
    for _ in range(20_000):
        nested = [nested]


def main() -> None:
    """Fill in a template from the object on standard input: its name, the facts, and the sources of all templates."""
    # What Python and Jinja2 import when it is first needed, they import now: later no file can be opened.
    fill({name: Source(text) for name, text in FIRST.items()}.get, "all", {})
    _grow_stack()
    confine()
    given = json.load(sys.stdin)
    sources = {name: Source(**source) for name, source in given["sources"].items()}
    outcome = fill(sources.get, given["name"], given["facts"])
    print(json.dumps([type(outcome).__name__, asdict(outcome)]))


if __name__ == "__main__":
    main()
