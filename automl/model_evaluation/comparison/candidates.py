"""Models that are compared: what each answers to the same rows, in the same classes, and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl._typing import Array
from automl.errors import DataError
from automl.inference.servable import ServableModel
from automl.model_evaluation.answers import predict_rows
from automl.model_evaluation.labelled_rows import codes_of
from automl.model_evaluation.overlap import seen_rows
from automl.reference.row_digests import RowDigests
from automl.wording import plural

TIMED_RUNS = 30
TIMED_BATCH = 1_000
BATCH_RUNS = 3
MAX_TIMED_S = 3.0


@dataclass(frozen=True)
class Candidate:
    """A model that is to be compared.

    Attributes:
        id: names it in the result.
        summary: what is told of it: target, task, classes.
        load: returns the model; it is let go of before the next one is loaded.
        size_bytes: of its file.
        name: what people call it; its id where that is empty.
        load_digests: returns the digests of its training rows; None where there are none.
    """

    id: str
    summary: Mapping[str, Any]
    load: Callable[[], ServableModel]
    size_bytes: int | None = None
    name: str = ""
    load_digests: Callable[[], RowDigests] | None = None

    @property
    def classes(self) -> list[str]:
        """Its labels; [] for regression."""
        return [str(each) for each in self.summary.get("classes") or ()]


@dataclass(frozen=True)
class CandidateAnswers:
    """What a candidate answers to m rows.

    Attributes:
        output: probabilities (m, k) in the order of the classes that all candidates share, or values (m,).
        chosen: int64 (m,) codes of the answers; values once more for regression.
        latency: `{row_ms, batch_row_ms, batch_rows, method}`.
        warnings: what it could not use of the rows.
        seen: what `overlap.seen_rows` says of the rows, as far as it is known.
    """

    output: npt.NDArray[np.float64]
    chosen: Array
    latency: dict[str, Any]
    warnings: list[dict[str, Any]]
    seen: dict[str, Any]


def shared_classes(candidates: Sequence[Candidate]) -> list[str]:
    """Return all labels that any candidate knows, those of the first one first, each as it was first written.

    Raises:
        DataError: MODELS_DIFFER, where some predict numbers and others classes, or not the same target.
    """
    first = candidates[0]
    for other in candidates[1:]:
        if other.summary["target"] != first.summary["target"]:
            raise DataError(
                "MODELS_DIFFER",
                f"The models predict different targets: {first.summary['target']!r} and {other.summary['target']!r}.",
                "Compare models of one target.",
            )
        if (other.summary["task"] == "regression") != (first.summary["task"] == "regression"):
            raise DataError(
                "MODELS_DIFFER",
                "Some of the models predict numbers, others classes.",
                "Compare models of one task.",
            )
        units = [each.summary.get("target_unit") for each in (first, other)]
        if all(units) and units[0] != units[1]:
            raise DataError(
                "MODELS_DIFFER",
                f"The models predict in different units: {units[0]!r} and {units[1]!r}.",
                "Compare models of one unit.",
            )
    known = first.classes
    for other in candidates[1:]:
        codes = codes_of(other.classes, known)
        known += [label for label, code in zip(other.classes, codes, strict=True) if code < 0]
    return known


def predict_candidate(candidate: Candidate, frame: pd.DataFrame, classes: Sequence[str]) -> CandidateAnswers:
    """Load a candidate, have it predict rows, and measure how long it takes.

    Args:
        candidate: the model.
        frame: m raw rows.
        classes: k labels that all candidates share; [] for regression.

    Raises:
        DataError: MISSING_FEATURE.
    """
    model = candidate.load()
    if missing := model.missing_inputs(map(str, frame.columns)):
        raise DataError(
            "MISSING_FEATURE",
            f"The model {candidate.id} needs {plural(len(missing), 'column')} that the table lacks: {missing[0]!r}.",
            f"Add the missing columns: {', '.join(missing[:20])}.",
            column=missing[0],
        )
    answers = predict_rows(model, frame)
    used = [feature["name"] for feature in model.features_ if feature["name"] in frame.columns]
    digests = candidate.load_digests() if candidate.load_digests else None
    seen = {"rows_seen_in_training": None} if digests is None else seen_rows(frame, digests)
    latency, warnings = _latency(model, frame[used]), [each.to_json() for each in answers.warnings]
    if not classes:
        return CandidateAnswers(answers.output, answers.chosen, latency, warnings, seen)
    place = np.array(codes_of(list(map(str, model.classes_.tolist())), classes), dtype=np.intp)
    shared = np.zeros((len(frame), len(classes)))
    np.add.at(shared.T, place, answers.output.T)
    return CandidateAnswers(shared, place[answers.chosen].astype(np.int64), latency, warnings, seen)


def _latency(model: ServableModel, inputs: pd.DataFrame) -> dict[str, Any]:
    """Measure one row at a time and many at once, warm; the least of several runs, as the machine may be busy."""
    rows = [inputs.iloc[i : i + 1] for i in range(min(TIMED_RUNS, len(inputs)))]
    batch = inputs.iloc[:TIMED_BATCH]
    model.predict_raw(rows[0])
    return {
        "row_ms": _least_ms(lambda i: model.predict_raw(rows[i % len(rows)]), TIMED_RUNS),
        "batch_row_ms": _least_ms(lambda _: model.predict_raw(batch), BATCH_RUNS) / len(batch),
        "batch_rows": len(batch),
        "method": "by the engine on this worker, warm, the least of several runs",
    }


def _least_ms(run: Callable[[int], Any], runs: int) -> float:
    began, least_s = time.perf_counter(), float("inf")
    for i in range(runs):
        before = time.perf_counter()
        run(i)
        now = time.perf_counter()
        least_s = min(least_s, now - before)
        if now - began > MAX_TIMED_S:
            break
    return least_s * 1000
