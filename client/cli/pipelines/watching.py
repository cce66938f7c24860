"""Show a run while it is on, step by step, and how it ended."""

from __future__ import annotations

import typer

from ...display.run_words import news
from ...display.terminal import INTERRUPTED, console, fail, program
from ...outcomes import RunFailed
from ...resources.pipelines.pipeline import Pipeline
from ...types.pipelines.runs import Run

STYLES = {"promoted": "bold green", "asking": "bold yellow"}


def watch_run(pipeline: Pipeline, run: Run) -> None:
    """Print each step in words until the run is over or asks, and then how it ended. Ctrl-C leaves it running."""
    seen: Run | None = None

    def show(now: Run) -> None:
        nonlocal seen
        for line in news(seen, now):
            console(stderr=True).print(line, markup=False)
        seen = now

    try:
        done = pipeline.wait(run, on_change=show)
    except RunFailed as exc:
        hint = exc.run.error.raw.get("hint") if exc.run.error else None
        fail(f"{exc} {hint or ''}".rstrip())
    except KeyboardInterrupt:
        note = (
            f"Run {run.number} goes on. Watch it: {program()} runs watch {pipeline.id} {run.number}; "
            f"end it: {program()} runs cancel {pipeline.id} {run.number}"
        )
        console(stderr=True).print(note, markup=False)
        raise typer.Exit(INTERRUPTED) from None
    show_end(pipeline, done)


def show_end(pipeline: Pipeline, run: Run) -> None:
    """Print the state of a run, why, and what can be done next."""
    out = console()
    out.print(f"Run {run.number} {_WORDS.get(run.state, f'is {run.state}')}: {run.why}", markup=False,
              style=STYLES.get(run.state, "bold"))  # fmt: skip
    if run.asks:
        for action in ("approve", "reject"):
            out.print(f"{action.capitalize()} it: {program()} runs {action} {pipeline.id} {run.number}", markup=False)
    elif run.state == "promoted":
        out.print(f"Take it back: {program()} rollback {run.endpoint}", markup=False)
    elif run.state == "unchanged":
        out.print(f"Train all the same: {program()} pipelines run {pipeline.id} --always", markup=False)


_WORDS = {"asking": "asks"}
