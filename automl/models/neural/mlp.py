"""A multilayer perceptron in Keras, after RealMLP-TD (Holzmüller et al. 2024), its folds trained together.

TensorFlow is needed to fit only. The fitted network is a few arrays, and NumPy runs it: one row takes a fraction of a
millisecond, and a bundle with a network in it needs no TensorFlow.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from scipy.special import softmax

from automl._typing import Array
from automl.models.base import Effort, FitData, FittedModel, ModelFamily, Params, Space, TaskSpec
from automl.models.neural.initialisation import Architecture, initialize_network, standardize_activations
from automl.models.neural.inputs import NetworkInputs
from automl.models.neural.network import Network
from automl.preprocessing.text_encoder import EncodedFeatures

EPOCHS = 64
MIN_EPOCHS = 16
"""Minimum epochs: a schedule compressed to as few is still worth its time."""
MIN_BATCH = 32
STEPS_PER_EPOCH = 8
HELD_SHARE = 0.1
MAX_HELD = 5_000
"""Maximum training rows that are kept back for early stopping, if the fold has no others for it."""
IMPORT_S = 3.5
START_S = 3.0
"""Seconds of encoding, compiling, scoring, and of the steps however few their rows are."""
ROW_S, COLUMN_S = 12e-6, 0.3e-6
"""Seconds for one row of one epoch, and for each of its columns, by the first defaults on two cores."""
BASE_BYTES = 120_000_000
"""Bytes of a fold's share of TensorFlow, and of its weights with their moments."""
CELL_BYTES = 40
"""Bytes of a cell: it makes up to ten float32 inputs, on the average three, held as arrays and as tensors."""
COMPILE_S = 2.0
ARRIVED_SHARE = 0.95
"""Share of the schedule after which a training that the clock ended counts as one that was not cut short."""
FINISH_S = 0.3
"""Seconds after the last step, for reading the weights out."""


class MLP(ModelFamily):
    """Hidden layers of equal width, periodic embeddings of numbers, and a learning rate that falls in four waves."""

    name = "neural"
    library = "numpy"
    portfolio_ranks = (50, 210)
    onnx_converter = "neural:neural_to_onnx"
    min_seconds = 8.0
    max_trials = 60
    fits_folds_jointly = True

    def search_space(self, problem: TaskSpec) -> Space:
        rate = (0.01, 0.15) if problem.is_classification else (0.03, 0.4)
        return {
            "width": CategoricalDistribution((64, 128, 256, 384)),
            "depth": IntDistribution(1, 4),
            "activation": CategoricalDistribution(("selu", "mish")),
            "dropout": FloatDistribution(0.0, 0.5),
            "learning_rate": FloatDistribution(*rate, log=True),
            "weight_decay": FloatDistribution(1e-3, 0.2, log=True),
            "batch": CategoricalDistribution((32, 64, 128, 256)),
            "epochs": CategoricalDistribution((32, 64, 128, 256)),
        }

    def defaults(self, problem: TaskSpec) -> list[Params]:
        shape: Params = {
            "width": 256,
            "depth": 3,
            "dropout": 0.15,
            "weight_decay": 0.02,
            "batch": 256,
            "epochs": EPOCHS,
        }
        if problem.is_classification:
            first = {**shape, "activation": "selu", "learning_rate": 0.04}
        else:
            first = {**shape, "activation": "mish", "learning_rate": 0.1}
        rate = first["learning_rate"] / 2
        return [first, {**first, "activation": "mish", "learning_rate": rate, "dropout": 0.3, "epochs": 128}]

    def estimate_fit_seconds(self, problem: TaskSpec, n_rows: int, n_columns: int) -> float:
        """Estimate the least worthwhile seconds for the rows of all folds: the schedule adapts to the time there is."""
        steps_s = MIN_EPOCHS * n_rows * (ROW_S + n_columns * COLUMN_S)
        return START_S + steps_s + (0.0 if "tensorflow" in sys.modules else IMPORT_S)

    def estimate_memory_bytes(self, problem: TaskSpec, n_rows: int, n_columns: int) -> int:
        return BASE_BYTES + CELL_BYTES * n_rows * n_columns

    def fit(self, params: Mapping[str, Any], problem: TaskSpec, fold: FitData) -> FittedModel:
        return self.fit_folds(params, problem, [fold])[0]

    def fit_folds(self, params: Mapping[str, Any], problem: TaskSpec, folds: Sequence[FitData]) -> list[FittedModel]:
        from automl.models.neural.keras_network import Rows, limit_threads
        from automl.models.neural.trainer import FoldTrainer, TrainingConfig

        limit_threads(problem.n_jobs)
        inputs = NetworkInputs.fit(folds[0].train)
        dtype = np.int32 if problem.is_classification else np.float32
        train: list[Rows] = []
        valid: list[Rows] = []
        for fold in folds:
            for rows, (table, y) in zip((train, valid), _parts(fold, problem.seed), strict=True):
                rows.append(Rows(*inputs.transform(table), y.astype(dtype)))
        deadline, repeat = min(fold.deadline for fold in folds), folds[0].repeat
        if time.monotonic() + COMPILE_S > deadline:  # which nothing can interrupt
            raise TimeoutError(f"less than the {COMPILE_S} s were left that compiling a network takes")
        architecture = Architecture(
            inputs.sizes,
            inputs.periodic,
            (params["width"],) * params["depth"],
            problem.n_classes if problem.is_classification else 1,
            params["activation"],
        )
        start = Network.stack(
            [
                initialize_network(rows.matrix, rows.indices, architecture, (problem.seed, i))
                for i, rows in enumerate(train)
            ]
        )
        recipe = TrainingConfig(
            problem.is_classification,
            problem.uses_absolute_error,
            params["learning_rate"],
            params["weight_decay"],
            params["dropout"],
            _batch(params["batch"], min(len(rows.y) for rows in train)),
            params["epochs"] if repeat is None or repeat.rounds is None else repeat.rounds,
            problem.seed,
            is_adaptive=repeat is None,
        )
        training = FoldTrainer(start, train, valid, recipe)
        network = standardize_activations(
            training.run(deadline - FINISH_S, lambda: any(fold.is_over() for fold in folds))
        )
        bounds = [(float(rows.y.min()), float(rows.y.max())) for rows in train]
        least = 0.0 if repeat is not None else min(MIN_EPOCHS, params["epochs"])
        is_truncated = training.progress < ARRIVED_SHARE or training.epochs < ARRIVED_SHARE * least
        models = (
            FittedMLP(inputs, network.select(i), problem.is_classification, np.array([bounds[i]], dtype=np.float32))
            for i in range(len(folds))
        )
        return [model.with_effort(Effort(rounds=training.epochs), is_truncated=is_truncated) for model in models]

    def merge_fold_models(self, models: Sequence[FittedModel]) -> Sequence[FittedModel]:
        """Merge the models of one `fit_folds` into one, their mean: a row then takes hardly longer than by one."""
        networks = [model for model in models if isinstance(model, FittedMLP)]
        if len(networks) < len(models) or any(each.inputs is not networks[0].inputs for each in networks):
            return models
        return [FittedMLP.stack(networks)]

    def load(self, folder: Path) -> FittedModel:
        with np.load(folder / "network.npz", allow_pickle=False) as file:
            arrays = dict(file)
        parts = {name.removeprefix("net_"): array for name, array in arrays.items() if name.startswith("net_")}
        inputs = NetworkInputs.from_arrays(arrays)
        network = Network(str(arrays["activation"]), inputs.periodic, parts)
        return FittedMLP(inputs, network, bool(arrays["is_classifier"]), arrays["bounds"])


class FittedMLP(FittedModel):
    """The mean of m networks side by side; `bounds` (m, 2) are the least and largest target each has seen."""

    def __init__(self, inputs: NetworkInputs, network: Network, is_classifier: bool, bounds: Array) -> None:
        self.inputs = inputs
        self._network = network
        self._is_classifier = is_classifier
        self._bounds = bounds

    @classmethod
    def stack(cls, models: Sequence[FittedMLP]) -> FittedMLP:
        """Make the mean of models that share their inputs."""
        first = models[0]
        network = Network.stack([model._network for model in models])
        return cls(first.inputs, network, first._is_classifier, np.concatenate([model._bounds for model in models]))

    def predict(self, table: EncodedFeatures) -> Array:
        outputs = self._network.forward(*self.inputs.transform(table))
        if self._is_classifier:
            return np.asarray(softmax(outputs, axis=-1).mean(axis=0))
        # No extrapolation: beyond the targets seen a network follows its last slope anywhere.
        return np.asarray(np.clip(outputs[:, :, 0], self._bounds[:, :1], self._bounds[:, 1:]).mean(axis=0))

    def save(self, folder: Path) -> None:
        np.savez(
            folder / "network.npz",
            allow_pickle=False,
            activation=np.array(self._network.activation),
            is_classifier=np.array(self._is_classifier),
            bounds=self._bounds,
            **{f"net_{name}": array for name, array in self._network.arrays.items()},
            **self.inputs.to_arrays(),
        )


def _batch(largest: int, n_rows: int) -> int:
    """Return the rows a step: fewer on small data, whose epochs would have too few steps otherwise."""
    return int(min(largest, max(MIN_BATCH, 2 ** int(np.log2(max(n_rows, 1) / STEPS_PER_EPOCH)))))


def _parts(fold: FitData, seed: int) -> tuple[tuple[EncodedFeatures, Array], tuple[EncodedFeatures, Array]]:
    """Return rows to learn from, and rows for stopping and calibration, kept back where the fold has none."""
    if fold.valid is not None and fold.y_valid is not None:
        return (fold.train, fold.y), (fold.valid, fold.y_valid)
    order = np.random.default_rng(seed).permutation(len(fold.train))
    held = order[: min(max(1, round(HELD_SHARE * len(order))), MAX_HELD)]
    kept = np.sort(order[len(held) :]) if len(order) > 1 else order
    return (fold.train.take(kept), fold.y[kept]), (fold.train.take(held), fold.y[held])
