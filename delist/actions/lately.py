"""When what is done by itself was last done, how it ended, and whether the nightly run does what it should."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from delist.actions.desk import Desk
from delist.actions.running.nightly import lock_of
from delist.actions.steps import RUN, STEPS, Step, last
from delist.settings import Settings
from delist.store import locks, notices

# What has not ended after this time was cut off, or hangs.
LONGEST = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Lately:
    """The last of each step and of the nightly run, by kind; which steps the operator has configured; how many
    messages may or may not have been sent; and whether no nightly run goes on now."""

    steps: Mapping[str, Step | None] = field(default_factory=dict)
    configured: frozenset[str] = frozenset()
    unsure: int = 0
    is_idle: bool = False

    @property
    def newest(self) -> Step | None:
        """Whatever was begun last."""
        return max(filter(None, self.steps.values()), key=lambda step: step.started_at, default=None)

    @property
    def nightly(self) -> Step | None:
        """The last nightly run; where the steps are run one by one, the step that was begun last."""
        return self.steps.get(RUN) or self.newest

    @property
    def failed(self) -> list[Step]:
        """The steps that failed, of the nightly run if there is one, and whatever failed since; else the run that
        failed as a whole."""
        nightly = self.nightly
        if nightly is None:
            return []
        since = nightly.started_at if nightly.kind == RUN else None
        found = [step for kind, step in self.steps.items() if step and step.why and kind != RUN]
        recent = [step for step in found if since is None or step.started_at >= since]
        return recent or [step for step in (nightly,) if step.why]

    def is_cut_off(self, step: Step, at: datetime) -> bool:
        """Whether a step that has not ended by a UTC instant will hardly do so: only the nightly run holds a lock."""
        return step.ended_at is None and (at - step.started_at > LONGEST or (step.kind == RUN and self.is_idle))


NOTHING = Lately(dict.fromkeys((RUN, *STEPS)))


def lately(desk: Desk) -> Lately:
    """Return what was done lately."""
    # Before the steps are read: a run that ends meanwhile would look cut off.
    is_idle = locks.is_free(lock_of(desk.tools.database))
    steps = {kind: last(desk.tx, kind) for kind in (RUN, *STEPS)}
    unsure = notices.count_unsure(desk.tx, desk.at)
    return Lately(steps, frozenset(_configured(desk.tools.settings)), unsure, is_idle)


def _configured(settings: Settings) -> Iterator[str]:
    if settings.inbox.is_set:
        yield "mail"
    if settings.notify.to or settings.notify.owners:
        yield "notify"
