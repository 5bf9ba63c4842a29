"""The sentences about the steps of a plan."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from delist.actions.planning import Plan
from delist.rules.lifecycle import State
from delist.rules.lists import ListKind
from delist.rules.planning.values import Asker, Do, Step
from delist.rules.reminders import Kind
from delist.rules.wording import GIVEN_BY
from delist.show import reminders
from delist.show.lists import waits
from delist.show.planning.commands import asking, commands, is_from_file, look, open_ones, submit, text
from delist.show.words import clock, span, when

# More steps than this are counted, not named.
_NAMED = 5


class Telling:
    """The sentences about steps, each of which may name another by its place."""

    def __init__(self, plan: Plan, zone: ZoneInfo) -> None:
        self._plan, self._zone = plan, zone
        places: dict[str, list[int]] = {}
        for place, step in enumerate(plan.steps, 1):
            places.setdefault(step.list.key, []).append(place)
        self._places = places
        self._names = {step.list.key: step.list.name for step in plan.steps}
        self._letters = [place for place, step in enumerate(plan.steps, 1) if step.do is Do.LETTER]
        # What comes after it is named in the letter too.
        self._named_too = [place for place, step in enumerate(plan.steps, 1) if _is_for_letter(step)]

    def headline(self, step: Step) -> str:
        name = f"{step.list.name} ({step.list.key})"
        if not self._plan.address:
            name = f"{self._how_many(step)} on {name}"
        return f"{name}: {self._what(step)}"

    def _how_many(self, step: Step) -> str:
        if step.addresses <= 1 and len(step.entries) == 1:
            return step.entries[0]
        if step.addresses == 0:
            return f"{len(step.entries):,} networks"
        return f"{step.addresses:,} of {self._plan.addresses:,}"

    def _what(self, step: Step) -> str:
        return _WHATS[step.do](self, step)

    def ask(self, step: Step) -> str:
        if step.request and step.request.state is State.REFUSED:
            return "answer their refusal, or ask again"
        if step.is_own:
            return f"your own entry ({', '.join(step.codes)}): change it"
        return "ask now (anyone may)" if step.who is Asker.ANYONE else "ask now"

    def letter(self, step: Step) -> str:
        if step.is_kept:
            return f"your provider keeps this entry ({', '.join(step.codes)}): write to the provider"
        return "only your provider can ask: write to the provider"

    def wait_for(self, step: Step) -> str:
        kept = f", which keeps this entry ({', '.join(step.codes)})" if step.is_kept else ""
        own = f"then change your own entry ({', '.join(step.codes)})" if step.is_own else "then ask"
        then = f"then your provider can ask{kept}" if step.who is Asker.PROVIDER else own
        return f"not yet: first {self._named(step.after)} must be gone, {then}"

    def _named(self, keys: Sequence[str]) -> str:
        return " and ".join(f"{self._names[key]} (step {self._places[key][0]})" for key in keys)

    def asked(self, step: Step) -> str:
        request = step.request
        if request is None:
            return "asked already"
        return f"asked already, request {request.number}, sent {when(request.asked, self._zone)}, {request.state}"

    def wait(self, step: Step) -> str:
        if step.list.is_for_providers:
            return "nothing can be filed: end what is listed in it, then it goes by itself"
        return "leave it alone, it goes by itself"

    def tell(self, step: Step) -> str:
        return f"closed on {step.list.closed}: tell the receiver who still asks it"

    def nothing(self, step: Step) -> str:
        if step.list.off:
            return "you have switched it off in lists.toml"
        if step.list.kind is ListKind.ALLOW:
            return "nothing to do, it is good to be on it"
        if step.list.kind is ListKind.INFO:
            return f"nothing is known of it: {step.list.about or 'it lists no address to be removed'}"
        return "nobody can ask"

    def details(self, step: Step) -> Iterator[str]:
        yield from self._since(step)
        yield from self._mend(step)
        yield from self._before(step)
        yield from self._file(step)
        yield from _DETAILS[step.do](self, step)
        if step.list.advice and step.do is not Do.ASKED and not step.list.off:
            yield f"know: {_advice(step)}"

    def _since(self, step: Step) -> Iterator[str]:
        if step.since is None:
            return
        is_told = (step.is_kept or step.is_own) and step.do in (Do.ASK, Do.LETTER, Do.WAIT_FOR)
        codes = f", code {', '.join(step.codes)}" if step.codes and not is_told else ""
        others = [each for each in step.entries if each != self._plan.address]
        wide = f", as {', '.join(others)}" if self._plan.address and others else ""
        log = ", mail was refused for it" if step.was_refused else ""
        yield f"listed since {when(step.since, self._zone)}{codes}{wide}{log}"

    def _mend(self, step: Step) -> Iterator[str]:
        for each in step.mend:
            many_of = f" ({each.entries:,} of them)" if len(step.entries) > 1 else ""
            said = f" ({' or '.join(GIVEN_BY['cause'])})" if each.claim == "cause" else ""
            alike = each.claim == "cause" or each.entries == 1 or self._plan.address
            what = each.mend if alike else f"of {each.address}: {each.mend}"
            yield f"mend first: {each.claim}{many_of}: {what}{said}"

    def _before(self, step: Step) -> Iterator[str]:
        if step.do is not Do.ASKED and step.request and step.request.state is State.REFUSED:
            number = step.request.number
            yield f"request {number} was refused: `delist appeal {number}` once you have answered them; or anew:"
        elif step.refused:
            by = "by the provider" if step.by_provider == step.refused else f"{step.by_provider:,} by the provider"
            yield f"requests were refused for {step.refused:,} of them, {by}: `delist requests -l {step.list.key}`"
        told_above = ("name", "email", "cause")
        told = [f"{name} ({' or '.join(GIVEN_BY[name])})" for name in step.needs if name not in told_above]
        if told:
            yield f"the text needs: {', '.join(told)}"

    def how_to_ask(self, step: Step) -> Iterator[str]:
        if step.is_over:
            yield f"it should be gone since {step.expires_on}: look first, {look(step)}"
        yield f"do: {asking(step)}"
        if len(step.targets) > 1 and not step.list.removal.many:
            yield f"for each address by itself: ask only for those that send, {_sending(step)}"
        takes = [] if step.is_own else waits(step.list)
        if takes:
            yield f"takes: {'; '.join(takes)}"

    def how_to_write(self, step: Step) -> Iterator[str]:
        others = [place for place in self._named_too if place != self._letters[0]]
        if step is not self._plan.steps[self._letters[0] - 1]:
            yield f"do: in the letter of step {self._letters[0]}; when it is sent: {submit(step)}"
        else:
            together = f", one for all: name {_steps(others)} in it too" if others else ""
            yield f"do: {text(step)} writes the letter{together}; when it is sent: {submit(step)}"
        if len(step.entries) > 1 and step.is_kept:
            yield f"one letter for all; file single requests only for those that send, {_sending(step)}"
        yield from self._gone(step)

    def how_to_wait_for(self, step: Step) -> Iterator[str]:
        if step.who is not Asker.PROVIDER:
            yield f"then: {asking(step)}"
        elif self._letters:
            yield f"do: name it in the letter of step {self._letters[0]}, to be settled after that"
        else:
            yield f"then: {text(step)} writes the letter, then {submit(step)}"

    def what_comes(self, step: Step) -> Iterator[str]:
        if step.after:
            yield f"though {self._named(step.after)} comes first"
        if len(step.entries) > 1 and step.request is None:
            yield f"next: {_NEXT.get(step.next.kind, 'look') if step.next else 'nothing'}: {open_ones(step)}"
        elif step.next is None:
            yield f"next: nothing is due: {commands(step)[0]}"
        else:
            due = "now" if step.is_due else f"from {clock(step.next.due_at, self._zone)} on"
            yield f"next, {due}: {reminders.action(step.next)}"

    def when_it_goes(self, step: Step) -> Iterator[str]:
        yield from self._gone(step) if step.expires else ["when it goes is not known; look now and then:"]
        if not step.list.is_for_providers:
            yield f"look: {look(step)}"

    def _gone(self, step: Step) -> Iterator[str]:
        if step.expires is None:
            return
        rule = f"{span(step.expires)} after it was last seen there"
        if step.do is Do.WAIT and step.list.can_be_asked and not step.list.is_for_providers:
            rule += "; if it stays longer, ask"
        if step.expires_on is None:
            yield f"it goes by itself {rule}"
        elif step.is_over:
            yield f"it should be gone since {step.expires_on}, {rule}"
        else:
            yield f"it goes by itself by {step.expires_on} if nothing new happens, {rule}"

    def whom_to_tell(self, step: Step) -> Iterator[str]:
        yield f"do: {text(step)} writes them a note: add what their server said (--error), or to whom (--recipient)"

    def nothing_more(self, step: Step) -> Iterator[str]:
        if not step.list.off:
            yield from self._gone(step)

    def _file(self, step: Step) -> Iterator[str]:
        """Yield how to make the file that the commands read, where there are too many addresses to name."""
        if step.do in _WITH_ADDRESSES and is_from_file(step) and not step.list.off:
            whom = f"--site {shlex.quote(self._plan.site)}" if self._plan.site else self._plan.network
            place = self._plan.steps.index(step)
            command = f"`delist plan {whom} --json | jq -r '.steps[{place}].targets[]' > FILE`"
            yield f"the {len(step.targets):,} addresses, one a line: {command}"


_WITH_ADDRESSES = (Do.ASK, Do.LETTER, Do.WAIT_FOR, Do.WAIT, Do.TELL_RECEIVER)
_WHATS: Mapping[Do, Callable[[Telling, Step], str]] = {
    Do.ASK: Telling.ask,
    Do.LETTER: Telling.letter,
    Do.WAIT_FOR: Telling.wait_for,
    Do.ASKED: Telling.asked,
    Do.WAIT: Telling.wait,
    Do.TELL_RECEIVER: Telling.tell,
    Do.NOTHING: Telling.nothing,
}
_DETAILS: Mapping[Do, Callable[[Telling, Step], Iterator[str]]] = {
    Do.ASK: Telling.how_to_ask,
    Do.LETTER: Telling.how_to_write,
    Do.WAIT_FOR: Telling.how_to_wait_for,
    Do.ASKED: Telling.what_comes,
    Do.WAIT: Telling.when_it_goes,
    Do.TELL_RECEIVER: Telling.whom_to_tell,
    Do.NOTHING: Telling.nothing_more,
}
_NEXT = {
    Kind.CONFIRM: "to be confirmed",
    Kind.ANSWER: "an answer is awaited",
    Kind.VERIFY: "to be seen off the list",
}


def _is_for_letter(step: Step) -> bool:
    return step.who is Asker.PROVIDER and step.do in (Do.LETTER, Do.WAIT_FOR)


def _advice(step: Step) -> str:
    """Return the advice to give: what tells of the code where that makes the entry the provider's, else the first."""
    about = "|".join(map(re.escape, step.list.provider_codes.intersection(step.codes)))
    fitting = (each for each in step.list.advice if about and re.search(rf"\b(?:{about})\b", each))
    return next(fitting, step.list.advice[0])


def _steps(places: Sequence[int]) -> str:
    if len(places) > _NAMED:
        return f"the other {len(places):,} steps for the provider"
    return f"step{'s' if len(places) > 1 else ''} {', '.join(map(str, places))}"


def _sending(step: Step) -> str:
    signs = "[[senders]] entry of its own, request to the list or refusal in a log that names it"
    return f"{step.sending:,} of them, by a {signs}" if step.sending else f"none that is known (no {signs})"
