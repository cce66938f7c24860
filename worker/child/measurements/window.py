"""Work out a window of an endpoint's requests, in the child: with their labels, beside the models' references."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from automl.monitoring import request_columns as columns
from automl.monitoring.answers import read_answers
from automl.monitoring.window import WatchedVersion, describe_window
from automl.reference.reference import Reference
from core.domain.records import Json
from worker.child.request_log.cells import Input
from worker.child.request_log.join import Wanted
from worker.child.request_log.table import open_requests
from worker.messages.of_kept_requests import MonitorRequest, MonitorResult

MAX_WINDOW_S = 120.0
"""Seconds after which what is not worked out yet is left out."""
MAX_BASELINE_ROWS = 20_000
RESULT = "window.json"


def describe(request: MonitorRequest, folder: Path) -> MonitorResult:
    """Write what is to be said of the window; versions without a reference have one made of it."""
    deadline = time.monotonic() + MAX_WINDOW_S
    champion = request.versions[0]
    watched = [each for each in request.versions if _is_number(each) == _is_number(champion)]
    wanted = Wanted(
        request.start, request.end, _inputs(watched), numbers=_is_number(champion), most_rows=request.max_rows
    )
    segments, labels = ([folder / name for name in names] for names in (request.segments, request.labels))
    with open_requests(segments, labels, wanted, folder, request.threads) as requests:
        table = requests.batches().read_all()
        rows, labelled = requests.found, requests.labelled
    found: Json = {}
    min_rows = request.settings["min_rows"]
    baselines = {}
    if rows >= min_rows:
        for each in watched:
            if each["reference"] is None and (file := _write_baseline(each, table, min_rows, folder)):
                baselines[str(each["number"])] = file
        known = [_version(each, folder) for each in watched if each["reference"] is not None]
        if champion["reference"] is not None:
            others = [each for each in known[1:] if _count(table, each.number)]
            is_alone = _count(table, known[0].number) == len(table)
            first = WatchedVersion(known[0].reference, known[0].summary) if is_alone else known[0]
            found = describe_window(first, table, request.settings, others=others, deadline=deadline)
    (folder / RESULT).write_bytes(orjson.dumps(found))
    return MonitorResult(RESULT, rows, labelled, rows > len(table), _versions(table), baselines)


def _inputs(versions: Sequence[Mapping[str, Any]]) -> list[Input]:
    """Return the inputs that any of the versions reads."""
    found: dict[str, Input] = {}
    for version in versions:
        for feature in version["summary"]["features"]:
            found.setdefault(feature["name"], Input(feature["name"], feature.get("decimal_sign", ".")))
    return list(found.values())


def _version(version: Mapping[str, Any], folder: Path) -> WatchedVersion:
    return WatchedVersion(Reference.load(folder / version["reference"]), version["summary"], version["number"])


def _is_number(version: Mapping[str, Any]) -> bool:
    return bool(version["summary"]["task"] == "regression")


def _write_baseline(version: Mapping[str, Any], table: pa.Table, min_rows: int, folder: Path) -> str | None:
    """Write the version's requests as the reference that its model has not; None if they are too few."""
    own = table.filter(pc.equal(table.column(columns.VERSION), version["number"]))
    if own.num_rows < min_rows:
        return None
    own = own.slice(0, MAX_BASELINE_ROWS)
    summary = version["summary"]
    labels = [] if _is_number(version) else [str(label) for label in summary["classes"]]
    answers = read_answers(own, labels)
    if not answers.has_output.all():
        own = own.take(pa.array(np.flatnonzero(answers.has_output)))
        answers = read_answers(own, labels)
    rows = pd.DataFrame(
        {each.name: own.column(columns.input_column(each.name)).to_pandas() for each in _inputs([version])}
    )
    truth: Any = answers.truth
    if labels:
        truth = np.array([labels[code] if code >= 0 else None for code in answers.truth], dtype=object)
    fold = np.zeros(len(own), dtype=np.int16)
    file = f"baseline-{version['number']}.parquet"
    reference = Reference(rows, truth, answers.output, fold, labels, summary["task"], summary.get("target", ""))
    reference.save(folder / file)
    return file


def _count(table: pa.Table, number: int | None) -> int:
    return int(pc.sum(pc.equal(table.column(columns.VERSION), number)).as_py() or 0)


def _versions(table: pa.Table) -> dict[str, int]:
    counted = pc.value_counts(table.column(columns.VERSION)).to_pylist()
    return {str(each["values"]): each["counts"] for each in counted if each["values"] is not None}
