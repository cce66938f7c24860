"""Records of pipelines: what fetches, trains, compares and promotes by itself, and each run of it.

They are records like those of `core.domain.records`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from core.domain.records import Json

WAITING, FETCHING, TRAINING, EVALUATING, ASKING = "waiting", "fetching", "training", "evaluating", "asking"
PROMOTED, REFUSED, UNCHANGED, SKIPPED, FAILED, CANCELLED = (
    "promoted", "refused", "unchanged", "skipped", "failed", "cancelled"
)  # fmt: skip
FINAL = frozenset({PROMOTED, REFUSED, UNCHANGED, SKIPPED, FAILED, CANCELLED})
RUN_STATES = (WAITING, FETCHING, TRAINING, EVALUATING, ASKING, *sorted(FINAL))

FETCH, TRAIN, REGISTER, EVALUATE, DECIDE, PROMOTE = "fetch", "train", "register", "evaluate", "decide", "promote"
STEPS = (FETCH, TRAIN, REGISTER, EVALUATE, DECIDE, PROMOTE)
"""Names of the steps of a run, in their order."""
STATES_OF_STEPS = {
    FETCH: FETCHING, TRAIN: TRAINING, REGISTER: TRAINING,
    EVALUATE: EVALUATING, DECIDE: EVALUATING, PROMOTE: EVALUATING,
}  # fmt: skip

Promotion = Literal["auto", "ask", "never"]
Overlap = Literal["skip", "queue"]
TriggerKind = Literal["time", "event", "alarm", "labels", "manual"]

SETTINGS = (
    "name", "endpoint", "data", "job", "unless_unchanged", "gate", "promote", "as_", "traffic", "then", "guard",
    "overlap", "notify", "when",
)  # fmt: skip
"""Fields of a pipeline that a run keeps as they were when it began."""


@dataclass(frozen=True)
class Pipeline:
    """A pipeline: what is trained on which data, when, and what becomes of the model.

    Attributes:
        endpoint: name of the endpoint that its models become versions of; it may be made with the first version.
        enabled: whether anything but a person starts it.
        data: {dataset_id} | {source_id, plus?: {endpoint, ...}}.
        job: the body of POST /jobs without its data, defaults filled in.
        when: what starts it: {cron, timezone, missed} | {event} | {alarm, at_most} | {every_labels}, several of them.
        unless_unchanged: whether a run ends where data and settings are those that were trained on last.
        gate: how a new version is compared with the champion.
        promote: what follows from the comparison: it is done, a person is asked, or nothing.
        as_: the alias that a promoted version gets.
        traffic: alias -> share of the requests, set with the promotion; None leaves the traffic alone.
        then: what follows a promotion later; guard: what undoes it.
        overlap: what becomes of a run that is started while another is on.
        notify: ids of webhooks, or mail addresses of webhooks, that are told of its runs whichever types they want.
        next_at: the minute, `2026-11-30T12:00` in UTC, at which `when` starts it next; None for never.
        revision: grows by one with every change of the settings; the ETag begins with it.
        deleting: its tombstone.
    """

    id: str
    user_id: str
    name: str
    endpoint: str
    created_at: str
    changed_at: str
    enabled: bool = True
    data: Json = field(default_factory=dict)
    job: Json = field(default_factory=dict)
    when: list[Json] = field(default_factory=list)
    unless_unchanged: bool = True
    gate: Json = field(default_factory=dict)
    promote: Promotion = "ask"
    as_: str = "champion"
    traffic: dict[str, float] | None = None
    then: Json | None = None
    guard: Json | None = None
    overlap: Overlap = "skip"
    notify: list[str] = field(default_factory=list)
    next_at: str | None = None
    revision: int = 1
    deleting: bool = False

    def settings(self) -> Json:
        """Return what a run keeps of it."""
        return {name: value for name, value in asdict(self).items() if name in SETTINGS}


@dataclass(frozen=True)
class Trigger:
    """What starts a run. Its key makes one run of it, however often it is told of.

    Attributes:
        key: unique to the pipeline; of letters, digits, `:`, `.` and `-`, beginning with the letter of its kind.
        at: when it happened; why: what is known of it, in JSON; `why["words"]` says it in words.
    """

    key: str
    kind: TriggerKind
    at: str
    why: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """A step of a run.

    Attributes:
        state: running, done, failed, cancelled or skipped.
        ref: what it makes or waits for: `job/ID`, `dataset/ID`, `fetch/SOURCE/NUMBER`, `version/ENDPOINT/NUMBER`, …
        figures: what it rests on, or has come to.
        why: the same in words.
        tasks: paths of the tasks whose ends advance the run.
    """

    name: str
    state: str
    at: str
    ended_at: str | None = None
    ref: str | None = None
    figures: Json = field(default_factory=dict)
    why: str = ""
    tasks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """One run of a pipeline: one row, whose every write is a check-and-mutate on its exact old bytes.

    Attributes:
        id: what the ids of all that it makes are derived from.
        trigger: a `Trigger`, as JSON.
        state: one of `RUN_STATES`; why: in words.
        number: by order of creation; 0 until it is given.
        after: number of the newest run when this one was made: its own is greater.
        settings: those of the pipeline when it began; see `SETTINGS`.
        steps: those that have begun, as JSON of `Step`, in their order.
        facts: what later steps need: dataset_id, fingerprint, job_id, model_id, version, endpoint_id, champion, gate, …
        decision: {action: approve|reject|expire, by, at, why} of a person on a run that asked.
        cancel: {by, at, why} of whoever wants it ended.
        waits_since: since when it waits for a person.
        error: {reason, detail, …} of one that failed.
    """

    id: str
    user_id: str
    pipeline_id: str
    trigger: Json
    created_at: str
    state: str = WAITING
    why: str = ""
    number: int = 0
    after: int = 0
    settings: Json = field(default_factory=dict)
    steps: list[Json] = field(default_factory=list)
    facts: Json = field(default_factory=dict)
    decision: Json | None = None
    cancel: Json | None = None
    waits_since: str | None = None
    ended_at: str | None = None
    error: Json | None = None

    @property
    def key(self) -> str:
        """The key of its trigger, which tells it from all other runs of its pipeline."""
        return str(self.trigger["key"])

    @property
    def ref(self) -> str:
        """Its name for people and logs: the pipeline and the number."""
        return f"{self.pipeline_id}/{self.number}"

    @property
    def by(self) -> str:
        """Who it is in logs of changes."""
        return f"pipeline/{self.pipeline_id}/run/{self.number}"

    @property
    def is_over(self) -> bool:
        return self.state in FINAL

    @property
    def step(self) -> Json | None:
        """The step that it is at, None before the first."""
        return self.steps[-1] if self.steps else None

    def step_named(self, name: str) -> Json | None:
        """Return a step that has begun, None for one that has not."""
        return next((step for step in self.steps if step["name"] == name), None)

    def pipeline(self, now: Pipeline | None = None) -> Pipeline:
        """Return its pipeline with the settings that it began with."""
        known: dict[str, Any] = {} if now is None else asdict(now)
        said = {"id": self.pipeline_id, "user_id": self.user_id, "created_at": "", "changed_at": ""}
        return Pipeline(**{**said, **known, **self.settings})
