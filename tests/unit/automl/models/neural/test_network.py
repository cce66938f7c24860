from __future__ import annotations

import numpy as np
import pytest

from automl.models.neural import network
from automl.models.neural.initialisation import Architecture, initialize_network, standardize_activations
from automl.models.neural.network import ACTIVATIONS, Network

PERIODIC = np.array([0, 2], dtype=np.int32)
SIZES = np.array([5], dtype=np.int32)


def rows(n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 4)).astype(np.float32), rng.integers(0, 5, (n, 1)).astype(np.int32)


def start(seed: int = 0, activation: str = "selu") -> Network:
    return initialize_network(*rows(), Architecture(SIZES, PERIODIC, (16, 8), 3, activation), (seed,))


@pytest.mark.parametrize("activation", ["selu", "mish"])
def test_a_start_predicts_zero_and_all_its_units_vary(activation: str) -> None:
    begun = start(activation=activation)
    matrix, indices = rows()
    np.testing.assert_array_equal(standardize_activations(begun).forward(matrix, indices), np.zeros((1, 300, 3)))
    arrays = standardize_activations(begun).arrays
    hidden = network.embed(arrays, PERIODIC, matrix, indices) @ arrays["weights0"] + arrays["bias0"][:, None]
    np.testing.assert_allclose(hidden[0].std(axis=0), 1, atol=0.01)
    assert (np.abs(hidden[0].mean(axis=0)) < 3).all()  # the bend lies among the rows


def test_networks_side_by_side_answer_as_each_alone() -> None:
    alone = [Network("mish", PERIODIC, noisy(standardize_activations(start(seed)))) for seed in range(3)]
    together = Network.stack(alone)
    assert together.count == 3
    outputs = together.forward(*rows())
    for i, each in enumerate(alone):
        np.testing.assert_allclose(each.forward(*rows())[0], outputs[i], atol=1e-5)
        np.testing.assert_allclose(together.select(i).forward(*rows())[0], outputs[i], atol=1e-5)


def test_rows_in_chunks_are_answered_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Network("selu", PERIODIC, noisy(standardize_activations(start())))
    at_once = one.forward(*rows())
    monkeypatch.setattr(network, "CHUNK_CELLS", 640)
    np.testing.assert_allclose(one.forward(*rows()), at_once, atol=1e-5)
    assert one.forward(*(each[:0] for each in rows())).shape == (1, 0, 3)


def test_activations_are_finite_far_out() -> None:
    far = np.array([-1e4, -30.0, 0.0, 30.0, 1e4], dtype=np.float32)
    np.testing.assert_allclose(ACTIVATIONS["mish"](far), [0, 0, 0, 30, 1e4], atol=1e-6)
    np.testing.assert_allclose(ACTIVATIONS["selu"](far), [-1.7581, -1.7581, 0, 31.521, 10507.01], rtol=1e-4)


def noisy(settled: Network) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {
        name: array + rng.normal(scale=0.1, size=array.shape).astype(np.float32)
        for name, array in settled.arrays.items()
    }
