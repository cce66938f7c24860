from __future__ import annotations

from pathlib import Path

import numpy as np

from automl._typing import Array
from automl.metrics import get_metric
from automl.models.base import FittedModel
from automl.preprocessing.text_encoder import EncodedFeatures
from automl.search.model_library import MAX_WITH_MODELS, ModelLibrary
from automl.search.trial import Trial

ROWS = np.arange(6)


class Zero(FittedModel):
    def predict(self, table: EncodedFeatures) -> Array:
        return np.zeros(len(table))

    def save(self, folder: Path) -> None: ...


def done(number: int, score: float) -> Trial:
    return Trial(number, "linear", {}, "complete", score)


def test_the_best_come_first_in_the_metrics_sense() -> None:
    for name, expected in (("rmse", [1, 0]), ("r2", [0, 1])):
        pool = ModelLibrary(get_metric(name), ROWS, (6,))
        pool.add(done(0, 0.9), np.zeros(6), [])
        pool.add(done(1, 0.1), np.zeros(6), [])
        assert [entry.trial.number for entry in pool.ranked()] == expected


def test_predictions_survive_on_disk_without_models(tmp_path: Path) -> None:
    predictions = np.linspace(0, 1, 6)
    ModelLibrary(get_metric("rmse"), ROWS, (6,), tmp_path).add(done(4, 0.5), predictions, [Zero()])
    assert [each.name for each in tmp_path.iterdir()] == ["trial-4.npz"]
    again = ModelLibrary(get_metric("rmse"), ROWS, (6,), tmp_path)
    assert again.restore(done(4, 0.5))
    np.testing.assert_array_equal(again.entries[0].predictions, predictions.astype(np.float32))
    assert again.entries[0].models == []


def test_predictions_of_other_rows_or_damaged_or_absent_are_not_restored(tmp_path: Path) -> None:
    ModelLibrary(get_metric("rmse"), ROWS, (6,), tmp_path).add(done(0, 0.5), np.zeros(6), [])
    assert not ModelLibrary(get_metric("rmse"), ROWS + 1, (6,), tmp_path).restore(done(0, 0.5))
    assert not ModelLibrary(get_metric("rmse"), ROWS, (6, 2), tmp_path).restore(done(0, 0.5))
    assert not ModelLibrary(get_metric("rmse"), ROWS, (6,), tmp_path).restore(done(1, 0.5))
    assert not ModelLibrary(get_metric("rmse"), ROWS, (6,)).restore(done(0, 0.5))
    (tmp_path / "trial-0.npz").write_bytes(b"PK\x03\x04 cut short")
    assert not ModelLibrary(get_metric("rmse"), ROWS, (6,), tmp_path).restore(done(0, 0.5))


def test_only_the_best_keep_their_models() -> None:
    pool = ModelLibrary(get_metric("rmse"), ROWS, (6,))
    for number in range(MAX_WITH_MODELS + 3):
        pool.add(done(number, float(number)), np.zeros(6), [Zero()])
    assert [entry.trial.number for entry in pool.entries if entry.models] == list(range(MAX_WITH_MODELS))
