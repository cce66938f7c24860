"""The networks of several folds as one Keras network with a leading fold axis, and the rows that it learns from."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

# TensorFlow greets every process with pages about the processor.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from automl.models.neural.network import Floats, Indices, Network


class Rows(NamedTuple):
    """Rows of one fold: matrix (n, d) float32, indices (n, embedded) int32, y (n,) int32 codes or float32 values."""

    matrix: Floats
    indices: Indices
    y: npt.NDArray[Any]


class FoldNetwork(keras.Model):  # type: ignore[misc]
    """`Network.forward` with gradients, dropout and rows of its own for each fold."""

    def __init__(self, start: Network) -> None:
        super().__init__()
        self.start = start
        self.parts = {}
        for name, array in start.arrays.items():
            self.parts[name] = self.add_weight(shape=array.shape, dtype="float32", name=name)
            self.parts[name].assign(array)
        self.built = True

    def call(self, matrix: Any, indices: Any, dropout: Any = None, seed: Any = 0) -> Any:
        """Compute outputs (m, n, k) for a matrix (m, n, d) and indices (m, n, embedded)."""
        part = {name: variable.value for name, variable in self.parts.items()}
        inputs = [matrix]
        if len(self.start.periodic):
            columns = tf.transpose(tf.gather(matrix, self.start.periodic, axis=2), (0, 2, 1))[..., None]
            waves = tf.cos(columns * (2 * np.pi * part["frequency"][:, :, None]) + part["phase"][:, :, None])
            mixed = tf.matmul(waves, part["mixing"]) + part["mixing_bias"][:, :, None]
            width = mixed.shape[1] * mixed.shape[3]
            inputs.append(tf.reshape(tf.transpose(mixed, (0, 2, 1, 3)), (mixed.shape[0], -1, width)))
        for j in range(indices.shape[2]):
            inputs.append(tf.gather(part[f"embedding{j}"], indices[:, :, j], batch_dims=1))
        values = tf.concat(inputs, axis=2) * part["scale"][:, None]
        last = self.start.depth - 1
        activate = {"selu": tf.nn.selu, "mish": _mish}[self.start.activation]
        for i in range(self.start.depth):
            weights = part[f"weights{i}"]
            values = tf.matmul(values, weights * weights.shape[1] ** -0.5) + part[f"bias{i}"][:, None]
            if i < last:
                values = activate(values)
                if dropout is not None:
                    values = tf.nn.experimental.stateless_dropout(values, dropout, (seed, i), rng_alg="philox")
        return values


def limit_threads(n_jobs: int) -> None:
    """Hold TensorFlow to so many threads, which add up in the same order each time.

    The number can only be set before the first operation in this process; later calls leave it as it is.
    """
    tf.config.experimental.enable_op_determinism()
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(n_jobs)
        tf.config.threading.set_inter_op_parallelism_threads(1)


def padded(folds: Sequence[Rows], multiple: int) -> list[Any]:
    """Pad matrices (m, n, d), indices (m, n, embedded) and targets (m, n) with zeros to a multiple of rows."""
    longest = -(-max(len(rows.y) for rows in folds) // multiple) * multiple
    stacked = []
    for arrays in zip(*folds, strict=True):
        array = np.zeros((len(folds), longest, *arrays[0].shape[1:]), dtype=arrays[0].dtype)
        for fold, each in enumerate(arrays):
            array[fold, : len(each)] = each
        stacked.append(tf.constant(array))
    return stacked


def _mish(x: Any) -> Any:
    return x * tf.tanh(tf.nn.softplus(x))
