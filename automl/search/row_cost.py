"""What the prediction of a single row costs: the least of several, as other work on the machine only ever adds."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from automl.models import get_family
from automl.models.base import FittedModel
from automl.preprocessing.text_encoder import EncodedFeatures
from automl.search.model_library import LibraryEntry

RUNS = 9
MIN_RUNS = 3
MAX_S = 0.05
"""Seconds after which no further run begins, once there are `MIN_RUNS`."""
MAX_CHECKED = 12
NEAR_SHARE = 0.3
"""Share of the limit from which a cost is measured again before it decides."""


def measure_row_ms(family: str, models: Sequence[FittedModel], table: EncodedFeatures) -> float:
    """Return the milliseconds that a single row takes a trial's models together, warm.

    Args:
        family: of the models, which may merge them.
        models: one a fold, all much alike: the first is measured.
        table: rows to predict.
    """
    merged = get_family(family).merge_fold_models(models)
    return len(merged) * _least_s(merged[0], table.take(slice(0, 1))) * 1e3


def confirm_row_ms(entries: Iterable[LibraryEntry], table: EncodedFeatures, max_row_ms: float) -> None:
    """Measure the best entries again whose cost may keep them out: the machine may have been busy the first time.

    Args:
        entries: best first; the costs of their trials are set.
        table: rows to predict.
        max_row_ms: the limit for all members together.
    """
    near = [entry for entry in entries if entry.models and entry.trial.row_ms > NEAR_SHARE * max_row_ms]
    for entry in near[:MAX_CHECKED]:
        again_ms = measure_row_ms(entry.trial.model, entry.models, table)
        entry.trial.row_ms = min(entry.trial.row_ms, again_ms)


def _least_s(model: FittedModel, row: EncodedFeatures) -> float:
    model.predict(row)  # the first one warms caches up
    least_s, begun = float("inf"), time.perf_counter()
    for run in range(1, RUNS + 1):
        started = time.perf_counter()
        model.predict(row)
        ended = time.perf_counter()
        least_s = min(least_s, ended - started)
        if run >= MIN_RUNS and ended - begun > MAX_S:
            break
    return least_s
