"""Find the pipeline, the source and the run that a command line means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from ...client import Client
from ...display.terminal import fail, program
from ...resources.pipelines.pipeline import Pipeline
from ...types.pipelines.pipelines import PipelineInfo
from ...types.pipelines.runs import Run

PipelineArgument = Annotated[str, typer.Argument(help="Id of the pipeline, or its name.", metavar="PIPELINE")]
# Number of runs in which the one that is meant is looked for.
LOOKED_AT = 100


def find_pipeline(client: Client, text: str) -> PipelineInfo:
    """Return the pipeline of this id or name; ends the command where there is none, or several of the name."""
    named = []
    for found in client.pipelines():
        if found.id == text:
            return found
        if found.name == text:
            named.append(found)
    if len(named) == 1:
        return named[0]
    if named:
        fail(f"{len(named)} pipelines are called {text}: give the id, one of {', '.join(each.id for each in named)}.")
    fail(f"There is no pipeline {text}. Yours: {program()} pipelines list")


def find_source(client: Client, text: str) -> str:
    """Return the id of the source of this id or name; what is neither is returned, so that the server says so."""
    named = []
    for found in client.sources():
        if found.id == text:
            return text
        if found.name == text:
            named.append(found.id)
    if len(named) > 1:
        fail(f"{len(named)} sources are called {text}: give the id, one of {', '.join(named)}.")
    return named[0] if named else text


def find_run(pipeline: Pipeline, number: int | None, suits: Callable[[Run], bool], what: str) -> Run:
    """Return the run of this number; without one, the newest that suits. Ends the command where there is none."""
    if number is not None:
        return pipeline.read_run(number)
    for looked, run in enumerate(pipeline.runs()):
        if suits(run):
            return run
        if looked == LOOKED_AT:
            break
    fail(f"No run {what}. All: {program()} runs list {pipeline.id}")
