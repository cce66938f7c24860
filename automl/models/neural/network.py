"""A fitted network, or several of one shape side by side, run by NumPy: a bundle with one needs no TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int32]

CHUNK_CELLS = 1_000_000
"""Maximum cells of a layer computed at a time: as many as the processor's caches hold."""


@dataclass(frozen=True)
class Network:
    """m networks of equal shape; all arrays are float32 with m as their first axis.

    Attributes:
        activation: selu or mish.
        periodic: columns of the matrix, int32 of shape (p,), that have periodic embeddings.
        arrays: `frequency`, `phase` (m, p, h), `mixing` (m, p, h, o), `mixing_bias` (m, p, o), unless p is 0;
            `embedding0`, ... (m, labels, e); `weights0`, ... (m, in, out) and `bias0`, ... (m, out).
    """

    activation: str
    periodic: Indices
    arrays: dict[str, Floats]

    @property
    def count(self) -> int:
        """Number of networks, m."""
        return len(self.arrays["bias0"])

    @property
    def depth(self) -> int:
        """Layers with weights, the last one, which is linear, included."""
        return sum(name.startswith("weights") for name in self.arrays)

    @classmethod
    def stack(cls, networks: Sequence[Network]) -> Network:
        """Stack networks side by side, in the given order."""
        first = networks[0]
        arrays = {name: np.concatenate([each.arrays[name] for each in networks]) for name in first.arrays}
        return cls(first.activation, first.periodic, arrays)

    def select(self, i: int) -> Network:
        """Return the i-th network alone."""
        return Network(self.activation, self.periodic, {name: array[i : i + 1] for name, array in self.arrays.items()})

    def forward(self, matrix: Floats, indices: Indices) -> Floats:
        """Compute outputs of shape (m, n, k).

        Args:
            matrix: float32 of shape (n, d).
            indices: int32 of shape (n, embedded).
        """
        widest = max(self.arrays["bias0"].shape[1], self.arrays["frequency"][0].size if len(self.periodic) else 0)
        step = max(1, CHUNK_CELLS // (self.count * widest))
        parts = [
            self._forward(matrix[start : start + step], indices[start : start + step])
            for start in range(0, max(len(matrix), 1), step)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _forward(self, matrix: Floats, indices: Indices) -> Floats:
        values = embed(self.arrays, self.periodic, matrix, indices)
        activate = ACTIVATIONS[self.activation]
        for i in range(self.depth - 1):
            values = values @ self.arrays[f"weights{i}"]
            values += self.arrays[f"bias{i}"][:, None]
            values = activate(values)
        i = self.depth - 1
        return np.asarray(values @ self.arrays[f"weights{i}"] + self.arrays[f"bias{i}"][:, None])


def embed(arrays: dict[str, Floats], periodic: Indices, matrix: Floats, indices: Indices) -> Floats:
    """Return the first layer's inputs (m, n, inputs): the matrix, periodic embeddings and embedded categories."""
    m, n = len(arrays["bias0"]), len(matrix)
    parts = [np.broadcast_to(matrix, (m, *matrix.shape))]
    if len(periodic):
        columns = matrix.T[periodic][:, :, None]
        waves = np.cos(
            columns * (np.float32(2 * np.pi) * arrays["frequency"][:, :, None]) + arrays["phase"][:, :, None]
        )
        mixed = waves @ arrays["mixing"] + arrays["mixing_bias"][:, :, None]  # (m, p, n, o)
        parts.append(mixed.transpose(0, 2, 1, 3).reshape(m, n, mixed.shape[1] * mixed.shape[3]))
    parts += [arrays[f"embedding{j}"][:, indices[:, j]] for j in range(indices.shape[1])]
    return np.concatenate(parts, axis=2)


def selu(x: Floats) -> Floats:
    """Compute the activation of Klambauer et al. 2017, in place where possible: its time is that of the memory."""
    below = np.minimum(x, 0)
    np.expm1(below, out=below)
    below *= np.float32(1.0507010 * 1.6732632)
    above = np.maximum(x, 0)
    above *= np.float32(1.0507010)
    above += below
    return above


def mish(x: Floats) -> Floats:
    """Compute x tanh(log(1 + e^x)) (Misra 2019), with the two functions worked out to one exponential."""
    e = np.minimum(x, 20)
    np.exp(e, out=e)
    twice = e + 2
    twice *= e
    np.add(twice, 2, out=e)
    twice /= e
    twice *= x
    return twice


ACTIVATIONS = {"selu": selu, "mish": mish}
