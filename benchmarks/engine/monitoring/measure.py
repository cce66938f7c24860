"""Measure one model's monitor: what it finds in windows where there is nothing, and something, to be found."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from automl.monitoring.drift import drift
from automl.monitoring.window import describe_window
from benchmarks.engine.monitoring.served_models import ServedModel
from benchmarks.engine.monitoring.windows import planted, shifted, undrifted

FULL_SHARE = 10
"""Of every so many windows without drift one is described in full: classifier and estimates take most of the time."""
DROP = 0.03


@dataclass(frozen=True)
class Undrifted:
    """What was said of one window without drift.

    Attributes:
        columns: that were said to have drifted.
        inputs: whether the inputs as a whole were.
        problems: of data quality, by column.
        predictions: whether the answers were; None where they were not looked at.
        estimate: whether the estimated performance was below the reference's by more than `DROP`, surely.
    """

    table: str
    columns: list[str]
    inputs: bool
    problems: list[str]
    predictions: bool | None
    estimate: bool | None


@dataclass(frozen=True)
class Plant:
    """Whether planted drift was found in the first, and in the second window."""

    table: str
    column: str
    what: str
    found: tuple[bool, bool]


@dataclass(frozen=True)
class Shift:
    """One metric in one shifted window: what was estimated without its labels, and what came of it.

    Attributes:
        estimated, realised: how much worse than the reference, as `drop_of` counts.
        inside: whether the realised score is in the estimate's 95 % interval.
    """

    table: str
    window: str
    rows: int
    metric: str
    main: bool
    reference: float
    estimated: float
    realised: float
    inside: bool
    trust: str


Found = TypeVar("Found", Undrifted, Plant, Shift)


def measure_undrifted(served: ServedModel, n_windows: int) -> Iterator[Undrifted]:
    """Look at windows without drift."""
    summary = served.model.summary
    for number, rows in enumerate(undrifted(served, n_windows)):
        described: dict[str, Any] = {"predictions": None, "performance": None}
        if number % FULL_SHARE == 0:
            described |= describe_window(served.version, served.requests(rows, labelled=False), seed=number)
        else:
            frame = rows.drop(columns=served.table.target)
            found = drift(
                served.reference.rows, frame, summary["features"], importance=summary["importance"], seed=number
            )
            described |= found.to_json()
        estimate = (described["performance"] or {}).get("estimated")
        yield Undrifted(
            served.table.name,
            [each["name"] for each in described["columns"] if each["drifted"]],
            described["inputs"]["drifted"],
            [f"{each['name']}: {problem['kind']}" for each in described["columns"] for problem in each["problems"]],
            described["predictions"] and described["predictions"]["drifted"],
            estimate and estimate["drop"]["low"] > DROP,
        )


def measure_planted(served: ServedModel) -> Iterator[Plant]:
    """Look for what was planted."""
    for each in planted(served):
        found = []
        for rows in each.windows:
            described = drift(served.reference.rows, rows, served.model.summary["features"])
            found.append(next(column["drifted"] for column in described.columns if column["name"] == each.column))
        yield Plant(served.table.name, each.column, each.what, (found[0], found[1]))


def measure_shifted(served: ServedModel) -> Iterator[Shift]:
    """Estimate without labels, and compare with them."""
    for each in shifted(served):
        described = describe_window(served.version, served.requests(each.rows))["performance"]
        for place, score in enumerate([described, *described["others"]]):
            estimated, realised = score["estimated"], score["realised"]
            if estimated is None or realised is None:
                continue
            yield Shift(
                served.table.name,
                f"{each.column} {each.side}",
                len(each.rows),
                score["metric"],
                place == 0,
                score["reference"]["value"],
                estimated["drop"]["value"],
                realised["drop"]["value"],
                estimated["low"] <= realised["value"] <= estimated["high"],
                estimated["trust"],
            )


def kept(path: Path, kind: type[Found], make: Callable[[], Iterable[Found]]) -> list[Found]:
    """Return what lies in a file of JSON lines, made unless it is there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        with unfinished.open("w") as file:
            for each in make():
                file.write(json.dumps(asdict(each)) + "\n")
        unfinished.replace(path)
    names = [field.name for field in dataclasses.fields(kind)]
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [kind(**{name: line[name] for name in names}) for line in lines]
