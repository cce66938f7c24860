"""Show pipelines and their runs in notebooks."""

from __future__ import annotations

from ..types.pipelines.pipelines import PipelineInfo
from ..types.pipelines.runs import Run
from .formatting import cell
from .html import QUIET, block, element, table, text
from .notebook import render_html
from .run_words import STEPS, trigger_words, when_words

# Importing them from here has these views registered with the others.
__all__ = ["render_html"]


@render_html.register
def _pipeline(pipeline: PipelineInfo) -> str:
    facts = [f"It starts {when_words(pipeline)}."]
    if pipeline.next_at is not None:
        facts.append(f"The next time is {cell(pipeline.next_at)}.")
    last = pipeline.last_run
    target = pipeline.job.get("target", "")
    return block(
        element("div", element("b", text(pipeline.name)), " ", _quiet(f"trains {target} for {pipeline.endpoint}")),
        *(element("p", text(fact)) for fact in facts),
        element("p", text(f"Promotes as {pipeline.as_}: {pipeline.promote}."), style=QUIET),
        element("p", text(f"Run {last.number} {last.state}: {last.why}")) if last is not None else "",
    )


@render_html.register
def _run(run: Run) -> str:
    rows = [
        (text(STEPS.get(step.name, step.name)), text(step.state), text(step.why), text(step.ref or ""))
        for step in run.steps
    ]
    return block(
        element("div", element("b", f"Run {run.number}"), " ", _quiet(run.state)),
        element("p", text(run.why)),
        element("p", text(f"Started by {trigger_words(run)}"), style=QUIET),
        table(("step", "state", "what came of it", "see"), rows) if rows else "",
    )


def _quiet(words: str) -> str:
    return element("span", text(words), style=QUIET)
