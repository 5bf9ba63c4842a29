"""The commands of a step, in the sentences that name them."""

from delist.rules.asking import advice
from delist.rules.lifecycle import State
from delist.rules.planning.values import Asker, Do, Step
from delist.show import reminders

# More than so many addresses come from a file.
_NAMED = 3


def is_from_file(step: Step) -> bool:
    """Whether the commands of a step read its addresses from a file, one a line: there are too many to write out."""
    return len(step.targets) > _NAMED


def text(step: Step) -> str:
    """Return the command that writes the text: one for all where it may name many, else one a file."""
    is_one = len(step.targets) == 1 or step.who is Asker.PROVIDER or step.do is Do.TELL_RECEIVER
    return _command("text", step, "" if is_one or step.list.removal.many else " --out texts")


def submit(step: Step) -> str:
    """Return the command that records that it was sent."""
    return _command("submit", step)


def _command(verb: str, step: Step, more: str = "") -> str:
    whom, stdin = ("-", " < FILE") if is_from_file(step) else (" ".join(step.targets), "")
    return f"`delist {verb} {whom} -l {step.list.key}{more}{stdin}`"


def asking(step: Step) -> str:
    """Return how to ask the list itself."""
    entry = step.list
    place = entry.removal.goes_to
    if step.is_own:
        return f"change it where you keep it with {entry.operator}, as its provider; then {submit(step)}"
    if entry.removal.wants_text:
        way = f" as the record there says, {place}" if entry.is_for_providers and entry.removal.url else f" ({place})"
        return f"{text(step)}, send it{way if place else ''}, then {submit(step)}"
    if entry.is_for_providers:
        return f"ask as the provider: {place or entry.name}; then {submit(step)}"
    return f"{advice(entry)}; then {submit(step)}"


def look(step: Step) -> str:
    """Return how to look whether it is gone."""
    if step.list.in_dns:
        return _command("check", step)
    who = step.targets[0]
    page = step.list.page_for(who)
    each = "" if len(step.targets) == 1 else ", and so for each"
    return f"{page + ', then ' if page else ''}`delist observe {who} {step.list.key} clear`{each}"


def open_ones(step: Step) -> str:
    """Return how to see the open requests to the list."""
    return f"`delist requests --open -l {step.list.key}`"


def commands(step: Step) -> list[str]:
    """Return the commands of a step; where there are many addresses they read them from FILE, one a line."""
    return [word for word in _sentence(step).split("`") if word.startswith("delist ")]


def _sentence(step: Step) -> str:
    if step.do is Do.ASKED:
        if step.request is None:
            return open_ones(step)
        return reminders.action(step.next) if step.next else f"`delist show {step.request.number}`"
    if step.list.off:
        return ""
    if step.do is Do.TELL_RECEIVER:
        return text(step)
    if step.do in (Do.WAIT, Do.NOTHING):
        return look(step)
    is_refused = step.request is not None and step.request.state is State.REFUSED
    appeal = f"`delist appeal {step.request.number}` " if step.request and is_refused else ""
    return appeal + (f"{text(step)} {submit(step)}" if step.who is Asker.PROVIDER else asking(step))
