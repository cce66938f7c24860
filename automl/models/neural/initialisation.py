"""Where a network starts from: weights scaled by the data, so that every unit varies and bends among the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from automl.models.neural.network import ACTIVATIONS, Floats, Indices, Network, embed

WAVES = 16
"""Frequencies a periodic embedding is mixed from; half as many where there are `MANY` columns to embed."""
HIGH_CARDINALITY = 24
MIXTURES = 3
EMBEDDING = 8
SIGMA = 0.1
"""Deviation of the frequencies: with it most columns see less than one wave, to begin with."""
SAMPLE_ROWS = 1_024
SIMPLEX = 5


@dataclass(frozen=True)
class Architecture:
    """Describe a network.

    Attributes:
        sizes: labels of each embedded category.
        periodic: columns of the matrix that have periodic embeddings.
        widths: units of each hidden layer.
        outputs: units of the last layer.
        activation: selu or mish.
    """

    sizes: Indices
    periodic: Indices
    widths: tuple[int, ...]
    outputs: int
    activation: str


def initialize_network(matrix: Floats, indices: Indices, architecture: Architecture, seed: tuple[int, ...]) -> Network:
    """Initialize one network as RealMLP does (Holzmüller et al. 2024), in its parametrisation.

    Weights are drawn of deviation 1 and divided by the square root of their inputs in use (NTP), then scaled so that
    each unit has deviation 1 over the rows; biases put its bend among the rows (he+5: minus a random mean of five of
    them). The last layer is zero: the first prediction is the mean, and no step is spent unlearning noise.

    Args:
        matrix: float32 (n, d) of the training rows, as `NetworkInputs.transform` returns it.
        indices: int32 (n, embedded) of the same rows.
        architecture: of the network.
        seed: of the generator.

    Returns:
        A network of count 1 with one further array, `scale` (1, inputs), by which the inputs are multiplied.
    """
    rng = np.random.default_rng(seed)
    widths, outputs, periodic = architecture.widths, architecture.outputs, architecture.periodic
    singles = _embeddings(architecture, rng)
    rows = rng.choice(len(matrix), min(len(matrix), SAMPLE_ROWS), replace=False)
    values = embed(singles, periodic, matrix[rows], indices[rows])[0]
    singles["scale"] = np.ones((1, values.shape[1]), dtype=np.float32)
    for i, width in enumerate(widths):
        weights = rng.standard_normal((values.shape[1], width), dtype=np.float32)
        before = values @ weights / np.sqrt(np.float32(values.shape[1]))
        deviation = before.std(axis=0)
        deviation[deviation < 1e-3] = 1.0
        before /= deviation
        shares = rng.exponential(size=(SIMPLEX, width)).astype(np.float32)
        picked = np.take_along_axis(before, rng.integers(0, len(before), (SIMPLEX, width)), axis=0)
        bias = -(picked * shares / shares.sum(axis=0)).sum(axis=0)
        singles[f"weights{i}"], singles[f"bias{i}"] = (weights / deviation)[None], bias[None]
        values = ACTIVATIONS[architecture.activation](before + bias)
    singles[f"weights{len(widths)}"] = np.zeros((1, widths[-1], outputs), dtype=np.float32)
    singles[f"bias{len(widths)}"] = np.zeros((1, outputs), dtype=np.float32)
    return Network(architecture.activation, periodic, singles)


def _embeddings(architecture: Architecture, rng: np.random.Generator) -> dict[str, npt.NDArray[np.float32]]:
    arrays: dict[str, npt.NDArray[np.floating]] = {"bias0": np.zeros((1, architecture.widths[0]))}
    p = len(architecture.periodic)
    if p:
        waves = WAVES if p < HIGH_CARDINALITY else WAVES // 2
        bound = waves**-0.5
        arrays["frequency"] = rng.normal(0.0, SIGMA, (1, p, waves))
        arrays["phase"] = rng.uniform(-np.pi, np.pi, (1, p, waves))
        arrays["mixing"] = rng.uniform(-bound, bound, (1, p, waves, MIXTURES))
        arrays["mixing_bias"] = rng.uniform(-bound, bound, (1, p, MIXTURES))
    for j, size in enumerate(architecture.sizes):
        arrays[f"embedding{j}"] = rng.normal(size=(1, size, EMBEDDING))
        arrays[f"embedding{j}"][:, 0] = 0.0  # missing, unseen or rare
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def standardize_activations(network: Network) -> Network:
    """Return the trained network with its parametrisation worked into its weights, for `Network.forward`."""
    arrays = dict(network.arrays)
    scale = arrays.pop("scale")
    for i in range(network.depth):
        weights = arrays[f"weights{i}"]
        arrays[f"weights{i}"] = weights / np.sqrt(np.float32(weights.shape[1]))
    arrays["weights0"] = arrays["weights0"] * scale[:, :, None]
    return Network(network.activation, network.periodic, arrays)
