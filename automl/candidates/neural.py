"""A multilayer perceptron in Keras, after RealMLP (Holzmüller et al. 2024): robust scaling, one-hot, annealed steps.

TensorFlow is needed to fit only. The fitted network is a list of arrays, and NumPy runs it: one row takes microseconds,
and a bundle with a network in it needs no TensorFlow.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from automl.candidates.base import Array, Candidate, FittedModel, Fold, Params, Problem, Space
from automl.candidates.dense import DenseEncoder
from automl.candidates.linear import softmax
from automl.encode import Encoded

EPOCHS = 256
BATCH = 256
PATIENCE = 40


class Neural(Candidate):
    """Hidden layers of equal width, dropout, AdamW, and a learning rate that falls in four waves."""

    name = "neural"
    library = "numpy"
    min_seconds = 8.0
    max_trials = 60

    def search_space(self, problem: Problem) -> Space:
        return {
            "width": CategoricalDistribution((64, 128, 256, 512)),
            "depth": IntDistribution(1, 4),
            "activation": CategoricalDistribution(("selu", "mish")),
            "dropout": FloatDistribution(0.0, 0.5),
            "learning_rate": FloatDistribution(3e-4, 2e-2, log=True),
            "weight_decay": FloatDistribution(1e-4, 0.1, log=True),
        }

    def defaults(self, problem: Problem) -> list[Params]:
        activation = "selu" if problem.is_classification else "mish"
        first = {"width": 256, "depth": 3, "activation": activation, "dropout": 0.15}
        return [
            {**first, "learning_rate": 3e-3, "weight_decay": 0.02},
            {**first, "depth": 2, "dropout": 0.3, "learning_rate": 6e-3, "weight_decay": 0.05},
        ]

    def fit(self, params: Mapping[str, Any], problem: Problem, fold: Fold) -> FittedModel:
        encoder = DenseEncoder.fit(fold.train)
        matrix = encoder.transform(fold.train)
        network = _build(params, problem, matrix.shape[1])
        annealer = _annealer(network, params["learning_rate"], fold)
        network.fit(
            matrix,
            fold.y,
            batch_size=min(BATCH, max(16, len(fold.train) // 8)),
            epochs=fold.rounds or EPOCHS,
            validation_data=None if fold.valid is None else (encoder.transform(fold.valid), fold.y_valid),
            validation_batch_size=8192,
            callbacks=[annealer],
            verbose=0,
        )
        layers = [layer.get_weights() for layer in network.layers if layer.get_weights()]
        return FittedNeural(encoder, layers, params["activation"], problem.is_classification, annealer.best_epoch + 1)

    def load(self, folder: Path) -> FittedModel:
        with np.load(folder / "network.npz", allow_pickle=False) as file:
            arrays = dict(file)
        layers = [[arrays[f"weights{i}"], arrays[f"bias{i}"]] for i in range(int(arrays["depth"]))]
        return FittedNeural(
            DenseEncoder.from_arrays(arrays),
            layers,
            str(arrays["activation"]),
            bool(arrays["is_classifier"]),
            int(arrays["rounds"]),
        )


class FittedNeural(FittedModel):
    """Layers as (weights (a, b), bias (b,)) in float32, the last one linear."""

    def __init__(
        self,
        encoder: DenseEncoder,
        layers: list[list[Array]],
        activation: str,
        is_classifier: bool,
        rounds: int,
    ) -> None:
        self._encoder = encoder
        self._layers = layers
        self._activation = activation
        self._is_classifier = is_classifier
        self.rounds = rounds

    def predict(self, table: Encoded) -> Array:
        values = self._encoder.transform(table)
        for weights, bias in self._layers[:-1]:
            values = _ACTIVATIONS[self._activation](values @ weights + bias)
        weights, bias = self._layers[-1]
        values = values @ weights + bias
        return softmax(values) if self._is_classifier else np.asarray(values[:, 0])

    def save(self, folder: Path) -> None:
        np.savez(
            folder / "network.npz",
            allow_pickle=False,
            depth=np.array(len(self._layers)),
            activation=np.array(self._activation),
            is_classifier=np.array(self._is_classifier),
            rounds=np.array(self.rounds),
            **{f"weights{i}": weights for i, (weights, _) in enumerate(self._layers)},
            **{f"bias{i}": bias for i, (_, bias) in enumerate(self._layers)},
            **self._encoder.to_arrays(),
        )


def _selu(x: Array) -> Array:
    below = 1.6732632 * np.expm1(np.minimum(x, 0.0))
    return np.asarray(np.float32(1.0507010) * np.where(x > 0, x, below))


def _mish(x: Array) -> Array:
    return np.asarray(x * np.tanh(np.logaddexp(0.0, x)))


_ACTIVATIONS = {"selu": _selu, "mish": _mish}


def _build(params: Mapping[str, Any], problem: Problem, n_inputs: int) -> Any:
    # TensorFlow greets every process with pages about the processor.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(problem.seed)
    outputs = problem.n_classes if problem.is_classification else 1
    network = keras.Sequential([keras.Input((n_inputs,))])
    initializer = "lecun_normal" if params["activation"] == "selu" else "he_normal"
    for _ in range(params["depth"]):
        network.add(
            keras.layers.Dense(params["width"], activation=params["activation"], kernel_initializer=initializer)
        )
        network.add(keras.layers.Dropout(params["dropout"]))
    # Starting from zero the first predictions are the mean, and early steps are not spent unlearning noise.
    network.add(keras.layers.Dense(outputs, kernel_initializer="zeros"))
    if problem.is_classification:
        loss: Any = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    else:
        loss = "mae" if problem.absolute else "mse"
    optimizer = keras.optimizers.AdamW(params["learning_rate"], weight_decay=params["weight_decay"], beta_2=0.95)
    network.compile(optimizer, loss)
    return network


def _annealer(network: Any, learning_rate: float, fold: Fold) -> Any:
    """A callback that sets the steps, keeps the best weights, and ends in time."""
    import keras

    epochs = fold.rounds or EPOCHS
    started = time.monotonic()

    class Annealer(keras.callbacks.Callback):  # type: ignore[misc]
        best_epoch = 0
        least = np.inf
        best: Any = None

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            # The schedule follows the time used where time will end it, so that a short fit is annealed too.
            spent = (time.monotonic() - started) / max(fold.deadline - started, 1e-3)
            progress = min(max(epoch / epochs, spent), 1.0)
            # coslog4: four cosine waves, each twice as long as the last.
            wave = 0.5 - 0.5 * np.cos(2 * np.pi * np.log2(1 + 15 * progress))
            network.optimizer.learning_rate.assign(learning_rate * max(float(wave), 1e-3))

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if fold.is_over():
                network.stop_training = True

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            loss = (logs or {}).get("val_loss")
            if loss is None:
                self.best_epoch = epoch
            elif loss < self.least:
                self.least, self.best_epoch, self.best = loss, epoch, network.get_weights()
            elif epoch - self.best_epoch > PATIENCE:
                network.stop_training = True

        def on_train_end(self, logs: Any = None) -> None:
            if self.best is not None:
                network.set_weights(self.best)

    return Annealer()
