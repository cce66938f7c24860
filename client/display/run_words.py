"""Say in words when a pipeline is started, what a run is at, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..types.pipelines.pipelines import PipelineInfo
from ..types.pipelines.runs import Run, Step
from .endpoint_words import author_words
from .formatting import printable

STEPS = {
    "fetch": "fetch the data",
    "train": "train",
    "register": "register a version",
    "evaluate": "compare it with the champion",
    "decide": "decide",
    "promote": "promote it",
    "guard": "watch what was promoted",
    "then": "make it champion",
}


def when_words(pipeline: PipelineInfo) -> str:
    """Say what starts a pipeline.

    Example:
        >>> when_words(PipelineInfo("p", when=({"cron": "@daily", "words": "at midnight", "timezone": "UTC"},)))
        'at midnight (UTC)'
        >>> when_words(PipelineInfo("p", when=({"alarm": ["drift", "errors"], "at_most": "1d"}, {"event": {}})))
        'on an alarm of drift or errors, at most once in 1d; on an event'
        >>> when_words(PipelineInfo("p", enabled=False))
        'when a person starts it'
        >>> when_words(PipelineInfo("p", enabled=False, when=({"every_labels": 500},)))
        'paused; otherwise after every 500 new labels'
    """
    if not pipeline.when:
        return "when a person starts it"
    words = printable("; ".join(map(_start_words, pipeline.when)))
    return words if pipeline.enabled else f"paused; otherwise {words}"


def _start_words(entry: Mapping[str, Any]) -> str:
    if entry.get("cron"):
        words = f"{entry.get('words') or entry['cron']} ({entry.get('timezone', 'UTC')})"
    elif entry.get("alarm"):
        words = f"on an alarm of {' or '.join(entry['alarm'])}"
    elif entry.get("every_labels"):
        words = f"after every {entry['every_labels']:,} new labels"
    else:
        rows = (entry.get("event") or {}).get("min_new_rows")
        words = f"on an event, once {rows:,} rows have come" if rows else "on an event"
    return f"{words}, at most once in {entry['at_most']}" if entry.get("at_most") else words


def trigger_words(run: Run) -> str:
    """Say what started a run.

    Example:
        >>> from nobrains_client import Trigger
        >>> trigger_words(Run("r", trigger=Trigger("time", why={"words": "at 03:00 on Monday"})))
        'time: at 03:00 on Monday'
        >>> trigger_words(Run("r", trigger=Trigger("manual", why={"by": "user/8f", "reason": "To see"})))
        'you: To see'
    """
    why = run.trigger.why
    words, by = str(why.get("words") or ""), why.get("by")
    if run.trigger.kind == "manual" and by:
        said = why.get("reason")
        return printable(f"{author_words(by)}: {said}" if said else author_words(by))
    return printable(f"{run.trigger.kind}: {words}" if words else run.trigger.kind)


def step_words(step: Step) -> str:
    """Say what a step is, and what it has come to.

    Example:
        >>> step_words(Step("evaluate", "done", why="Version 2 is better."))
        'compare it with the champion: Version 2 is better.'
        >>> step_words(Step("train", "running"))
        'train …'
    """
    name = STEPS.get(step.name, step.name)
    if step.why:
        return printable(f"{name}: {step.why}")
    return f"{name} …" if step.state == "running" else f"{name}: {step.state}"


def news(before: Run | None, now: Run) -> Iterator[str]:
    """Yield a line for each step that has come, or come to something else, since a run was seen last.

    Example:
        >>> run = Run("r", steps=(Step("fetch", "done", why="It has 9 rows."), Step("train", "running")))
        >>> list(news(None, run))
        ['fetch the data: It has 9 rows.', 'train …']
        >>> list(news(run, Run("r", steps=(run.steps[0], Step("train", "done", why="AUC 0.9")))))
        ['train: AUC 0.9']
    """
    known = set() if before is None else set(map(step_words, before.steps))
    yield from (words for words in map(step_words, now.steps) if words not in known)
