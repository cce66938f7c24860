"""One process, one TensorFlow: these few tests share what the import costs."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from automl.models.base import FitData, Params, TaskSpec
from automl.models.neural.initialisation import Architecture, initialize_network, standardize_activations
from automl.models.neural.inputs import NetworkInputs
from automl.models.neural.mlp import MLP, FittedMLP
from automl.models.neural.network import Network
from automl.preprocessing.text_encoder import EncodedFeatures

NEURAL = MLP()
PROBLEMS = {
    "binary": TaskSpec("binary", 2, "auc"),
    "multiclass": TaskSpec("multiclass", 3, "log_loss"),
    "regression": TaskSpec("regression", 0, "rmse"),
}


def rows(n: int = 400) -> EncodedFeatures:
    """Numbers with gaps, a category to show as columns and one to embed."""
    rng = np.random.default_rng(0)
    numeric = rng.normal(size=(n, 3)).astype(np.float32)
    numeric[rng.random((n, 3)) < 0.1] = np.nan
    codes = np.column_stack([rng.integers(-1, 4, n), rng.integers(-1, 21, n)]).astype(np.int32)
    return EncodedFeatures(numeric, codes, categories=(tuple("wxyz"), tuple(map(str, range(20)))))


def target(task: str, table: EncodedFeatures) -> np.ndarray:
    signal = np.nan_to_num(table.numeric[:, 0]) + 2 * (table.categorical[:, 1] % 2)
    if task == "regression":
        return np.asarray((signal - signal.mean()) / signal.std())
    return np.digitize(signal, [1.0] if task == "binary" else [0.0, 2.0]).astype(np.int64)


def folds(task: str, table: EncodedFeatures, count: int = 3, within_s: float = 600.0) -> list[FitData]:
    y, deadline = target(task, table), time.monotonic() + within_s
    parts = np.arange(len(table)) % count
    return [
        FitData(table.take(np.flatnonzero(parts != i)), y[parts != i], deadline, table.take(held), y[held])
        for i in range(count)
        for held in [np.flatnonzero(parts == i)]
    ]


def small(problem: TaskSpec) -> Params:
    return {**NEURAL.defaults(problem)[0], "width": 64, "depth": 2, "epochs": 32}


@pytest.mark.parametrize("task", list(PROBLEMS))
def test_folds_are_trained_together_and_learn_what_there_is(task: str, tmp_path: Path) -> None:
    table, problem = rows(), PROBLEMS[task]
    cut = folds(task, table)
    models = NEURAL.fit_folds(small(problem), problem, cut)
    assert len(models) == 3
    for model, fold in zip(models, cut, strict=True):
        assert fold.valid is not None
        prediction = model.predict(fold.valid)
        if task == "regression":
            assert np.sqrt(np.mean((prediction - fold.y_valid) ** 2)) < 0.5
        else:
            np.testing.assert_allclose(prediction.sum(axis=1), 1, atol=1e-5)
            assert (prediction.argmax(axis=1) == fold.y_valid).mean() > 0.7
    mean = np.mean([model.predict(table) for model in models], axis=0)
    (merged,) = NEURAL.merge_fold_models(models)
    np.testing.assert_allclose(merged.predict(table), mean, atol=1e-5)
    merged.save(tmp_path)
    np.testing.assert_allclose(NEURAL.load(tmp_path).predict(table), mean, atol=1e-5)


def test_numpy_answers_as_keras_does() -> None:
    from automl.models.neural.keras_network import FoldNetwork  # imports TensorFlow, which not every test needs

    inputs = NetworkInputs.fit(table := rows())
    matrix, indices = inputs.transform(table)
    for activation in ("selu", "mish"):
        architecture = Architecture(inputs.sizes, inputs.periodic, (16, 16), 2, activation)
        start = Network.stack([initialize_network(matrix, indices, architecture, (i,)) for i in range(2)])
        rng = np.random.default_rng(0)
        start.arrays["weights2"][:] = rng.normal(size=start.arrays["weights2"].shape)
        start.arrays["scale"][:] = rng.uniform(0.5, 2, start.arrays["scale"].shape)
        expected = FoldNetwork(start)(np.stack([matrix] * 2), np.stack([indices] * 2)).numpy()
        np.testing.assert_allclose(standardize_activations(start).forward(matrix, indices), expected, atol=1e-4)


def test_the_same_seed_gives_the_same_network() -> None:
    table, problem = rows(), PROBLEMS["binary"]
    one, other = (NEURAL.fit_folds(small(problem), problem, folds("binary", table, 2))[0] for _ in range(2))
    # Sums in threads differ in their last digits, and training makes more of it.
    np.testing.assert_allclose(one.predict(table), other.predict(table), atol=5e-3)


def test_a_fold_without_rows_to_stop_early_on_keeps_some_back() -> None:
    table, problem = rows(), PROBLEMS["regression"]
    deadline = time.monotonic() + 60
    model = NEURAL.fit(small(problem), problem, FitData(table, target("regression", table), deadline))
    assert isinstance(model, FittedMLP)
    assert np.abs(model.predict(table)).max() <= np.abs(target("regression", table)).max() + 1e-6


def test_a_deadline_too_near_is_said_before_anything_is_compiled() -> None:
    table, problem = rows(), PROBLEMS["binary"]
    with pytest.raises(TimeoutError, match="compiling"):
        NEURAL.fit_folds(small(problem), problem, folds("binary", table, within_s=1.0))


def test_a_wish_to_stop_ends_the_training_with_what_there_is() -> None:
    table, problem = rows(), PROBLEMS["multiclass"]
    cut = [replace(fold, should_stop=lambda: True) for fold in folds("multiclass", table, within_s=1e6)]
    for model in NEURAL.fit_folds({**small(problem), "epochs": 256}, problem, cut):
        assert np.isfinite(model.predict(table)).all()
