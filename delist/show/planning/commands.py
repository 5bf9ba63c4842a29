"""The commands of a step, in the sentences that name them."""

from delist.rules.asking import advice
from delist.rules.lifecycle import State
from delist.rules.planning.values import Asker, Do, Step
from delist.show import reminders


def which(step: Step) -> str:
    """Return what names the address and list of a step to a command: ADDRESS where there are several."""
    who = step.entries[0] if len(step.entries) == 1 else "ADDRESS"
    return f"{who} -l {step.list.key}"


def asking(step: Step) -> str:
    """Return how to ask the list itself."""
    entry = step.list
    submit = f"`delist submit {which(step)}`"
    if entry.removal.wants_text:
        return f"`delist text {which(step)}`, send it ({entry.removal.goes_to}), then {submit}"
    if entry.is_for_providers:
        return f"ask as the provider: {entry.removal.goes_to or entry.name}; then {submit}"
    return f"{advice(entry)}; then {submit}"


def look(step: Step) -> str:
    """Return how to look whether it is gone."""
    who = step.entries[0] if len(step.entries) == 1 else "ADDRESS"
    if step.list.in_dns:
        return f"`delist check {who} -l {step.list.key}`"
    page = step.list.page_for(who)
    return f"{page + ', then ' if page else ''}`delist observe {who} {step.list.key} clear`"


def open_ones(step: Step) -> str:
    """Return how to see the open requests to the list."""
    return f"`delist requests --open -l {step.list.key}`"


def commands(step: Step) -> list[str]:
    """Return the commands of a step, ADDRESS standing for each entry where there are several."""
    return [word for word in _sentence(step).split("`") if word.startswith("delist ")]


def _sentence(step: Step) -> str:
    text, submit = f"`delist text {which(step)}`", f"`delist submit {which(step)}`"
    if step.do is Do.ASKED:
        if step.request is None:
            return open_ones(step)
        return reminders.action(step.next) if step.next else f"`delist show {step.request.number}`"
    if step.do is Do.TELL_RECEIVER:
        return text
    if step.do in (Do.WAIT, Do.NOTHING):
        return look(step)
    is_refused = step.request is not None and step.request.state is State.REFUSED
    appeal = f"`delist appeal {step.request.number}` " if step.request and is_refused else ""
    return appeal + (f"{text} {submit}" if step.who is Asker.PROVIDER else asking(step))
