"""A window of an endpoint's requests beside the reference of the model that answered: what a monitor has to say."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from automl._typing import Array
from automl.evaluation.to_json import to_json
from automl.monitoring import request_columns as columns
from automl.monitoring.answers import Answers, read_answers, reference_answers
from automl.monitoring.classifier import domain_classifier
from automl.monitoring.columns.column_cells import ColumnReader, readers
from automl.monitoring.columns.feature_matrix import FeatureMatrix, feature_matrix
from automl.monitoring.drift import drift
from automl.monitoring.performance.describe import Evidence, class_evidence, describe_performance
from automl.monitoring.performance.trust import trust
from automl.monitoring.performance.uncertainty import reference_parts
from automl.monitoring.performance.value_estimate import ValueEstimate
from automl.monitoring.predictions import prediction_drift
from automl.monitoring.settings import MonitorSettings
from automl.reference.reference import Reference

MAX_PART_COLUMNS = 6
"""Columns, the most important ones, along which the reference is cut to see how far estimates are off."""


@dataclass(frozen=True)
class WatchedVersion:
    """A version of an endpoint, as far as what it answers can be judged.

    Attributes:
        reference: of its model.
        summary: of its model.
        number: of the version; None for all requests, where one version alone answered.
    """

    reference: Reference
    summary: Mapping[str, Any]
    number: int | None = None


def describe_window(
    champion: WatchedVersion,
    requests: pa.Table,
    settings: Mapping[str, Any] | None = None,
    *,
    others: Sequence[WatchedVersion] = (),
    seed: int = 0,
    deadline: float | None = None,
) -> dict[str, Any]:
    """Return `{rows, labelled, versions, columns, inputs, predictions, classifier, performance, by_version}`.

    Inputs are those of all requests, beside the champion's reference: what comes in does not depend on who answers it.
    Predictions and performance are the champion's; `by_version` has those of the others.

    Args:
        champion: the version that is served.
        requests: of the window, with the columns of `request_columns`.
        settings: of the monitor; what is left out has its default.
        others: further versions that answered.
        seed: of samples and resamples.
        deadline: `time.monotonic()`; what is not reached by then is left out, as None.
    """
    chosen, inputs = MonitorSettings.of(settings), _inputs(requests)
    reference, summary = champion.reference.rows, champion.summary
    importance = summary.get("importance") or ()
    found = drift(
        reference, inputs, summary["features"], importance=importance, settings=chosen, seed=seed, deadline=deadline
    )
    read = readers(reference, summary["features"])
    classifier = None if _late(deadline) else domain_classifier(read, reference, inputs, seed)
    about = _InputFindings(found.inputs, classifier, chosen, seed, deadline)
    described = {
        "rows": requests.num_rows,
        "labelled": requests.num_rows - requests.column(columns.LABEL).null_count,
        "versions": _versions(requests),
        **found.to_json(),
        "classifier": classifier,
        **_of_version(champion, requests, about),
        "by_version": {str(each.number): _of_version(each, requests, about) for each in others},
    }
    return dict(to_json(described))


@dataclass(frozen=True)
class _InputFindings:
    """What the versions' answers are judged in the light of."""

    inputs: Mapping[str, Any]
    classifier: Mapping[str, Any] | None
    settings: MonitorSettings
    seed: int
    deadline: float | None


def _of_version(version: WatchedVersion, requests: pa.Table, about: _InputFindings) -> dict[str, Any]:
    """Return `{predictions, performance}` of one version's answers, each None where there is nothing to say."""
    if version.number is not None:
        requests = requests.filter(pc.equal(requests.column(columns.VERSION), version.number))
    labels = version.reference.labels
    now = read_answers(requests, labels)
    known = np.flatnonzero(now.has_output)
    if not requests.num_rows or _late(about.deadline):
        return {"predictions": None, "performance": None}
    before = reference_answers(version.reference, now)
    with_output = now.take(known)
    evidence = _evidence(version, requests.take(pa.array(known)), before, with_output, about)
    metric = about.settings.performance.metric
    if metric == "auto":
        metric = str(version.summary.get("metric") or "auto")
    return {
        "predictions": prediction_drift(before, with_output, labels, about.settings.drift) if len(known) else None,
        "performance": describe_performance(
            before, now, labels, evidence, metric=metric, seed=about.seed, deadline=about.deadline
        ),
    }


def _evidence(
    version: WatchedVersion, requests: pa.Table, before: Answers, now: Answers, about: _InputFindings
) -> Evidence:
    reference = version.reference
    area = about.classifier["auc"] if about.classifier else 0.5
    shift = float(np.clip(2 * area - 1, 0, 1))
    trusted = trust(about.inputs, about.classifier, int(before.labelled.sum()))
    read = readers(reference.rows, version.summary["features"])
    table = feature_matrix(read, reference.rows)
    parts = reference_parts([*_most_important(read, table, version.summary), _scale(before)])
    if reference.labels:
        return class_evidence(before, now, parts, shift, trusted)
    if not before.labelled.all() or not len(now):
        return Evidence(None, (), 0.0, "low", "The reference has no true values to learn from: labels alone can say.")
    estimate = ValueEstimate(
        table, before.truth, before.output, feature_matrix(read, _inputs(requests)), now.output,
        seed=about.seed, deadline=about.deadline,
    )  # fmt: skip
    return Evidence(estimate, parts, shift, *trusted)


def _most_important(read: Sequence[ColumnReader], table: FeatureMatrix, summary: Mapping[str, Any]) -> list[Array]:
    weight = {each["feature"]: each["importance"] for each in summary.get("importance") or ()}
    owners = [reader.name for reader in read for _ in range(2 if reader.kind == "text" else 1)]
    order = sorted(range(len(owners)), key=lambda place: -weight.get(owners[place], 0.0))
    return [table.values[:, place] for place in order[:MAX_PART_COLUMNS]]


def _scale(answers: Answers) -> Array:
    """Return what orders the answers: the number, the second class's probability, or how sure the likeliest is."""
    if answers.output.ndim == 1:
        return answers.output
    return answers.output[:, 1] if answers.output.shape[1] == 2 else np.asarray(answers.output.max(axis=1))


def _inputs(requests: pa.Table) -> pd.DataFrame:
    names = [name for name in requests.column_names if name.startswith(columns.INPUT_PREFIX)]
    frame: pd.DataFrame = requests.select(names).to_pandas()
    frame.columns = pd.Index([name.removeprefix(columns.INPUT_PREFIX) for name in names])
    return frame


def _versions(requests: pa.Table) -> dict[str, int]:
    counted = pc.value_counts(requests.column(columns.VERSION)).to_pylist()
    pairs = [(each["values"], each["counts"]) for each in counted if each["values"] is not None]
    return {str(number): count for number, count in sorted(pairs)}


def _late(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() > deadline
