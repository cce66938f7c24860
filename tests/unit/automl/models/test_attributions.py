from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from automl.models.attributions import Attributions, binary_margins, sum_attributions
from automl.postprocessing import TargetScaler, apply_temperature

numbers = st.floats(-30, 30, allow_nan=False, width=32)


def shared(values: np.ndarray, link: str = "identity") -> Attributions:
    """The last feature's values as the base."""
    return Attributions(values[:, :-1], values[:, -1], link)  # type: ignore[arg-type]


def softmax(values: np.ndarray) -> np.ndarray:
    exp = np.exp(values - values.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True)


@given(arrays(np.float64, (3, 5, 4), elements=numbers))
def test_probabilities_add_up_as_margins_did(values: np.ndarray) -> None:
    margins = shared(values, "softmax")
    attributed = margins.to_probabilities()
    np.testing.assert_allclose(attributed.output, softmax(margins.output), atol=1e-9)
    np.testing.assert_allclose(attributed.base, softmax(margins.base), atol=1e-9)


# Of steeper changes than boosters' margins make, the integral along the line is not worked out as exactly.
@given(arrays(np.float64, (3, 5, 4), elements=st.floats(-5, 5)))
def test_what_one_class_gains_others_lose(values: np.ndarray) -> None:
    attributed = shared(values, "softmax").to_probabilities()
    np.testing.assert_allclose(attributed.values.sum(axis=2), 0, atol=1e-2)


@given(arrays(np.float64, (2, 4, 3), elements=numbers), st.floats(0.4, 2.5))
def test_calibrated_probabilities_add_up_too(values: np.ndarray, temperature: float) -> None:
    attributed = shared(values, "softmax").to_probabilities()
    expected = apply_temperature(softmax(shared(values).output), temperature)
    np.testing.assert_allclose(attributed.through_temperature(temperature).output, expected, atol=1e-6)


@given(arrays(np.float64, (2, 4, 1), elements=st.floats(-3, 3)))
def test_a_scale_adds_up_too(values: np.ndarray) -> None:
    scale = TargetScaler("log1p", 2.0, 0.5, -4.0, 4.0)
    attributed = shared(values)
    np.testing.assert_allclose(
        attributed.through_monotone(scale.inverse_transform).output,
        scale.inverse_transform(attributed.output),
        rtol=1e-9,
    )


def test_in_the_targets_unit_contributions_are_scaled() -> None:
    attributed = shared(np.array([[[2.0], [-2.0], [1.0]]])).through_monotone(
        TargetScaler("linear", 100.0, 10.0).inverse_transform
    )
    np.testing.assert_allclose(attributed.values[0, :, 0], [20.0, -20.0])
    np.testing.assert_allclose(attributed.base, [[110.0]])


def test_the_log_odds_of_two_classes_keep_their_shares() -> None:
    # With one margin the integral is the secant: shares of the probability are shares of the log-odds.
    margins = np.array([[1.0, -0.5, 0.25, 0.1]])
    attributed = shared(binary_margins(margins), "softmax").to_probabilities()
    ratio = attributed.values[0, :, 1] / margins[0, :-1]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)
    assert attributed.values[0, 0, 1] == pytest.approx(-attributed.values[0, 0, 0])


def test_features_are_summed_by_their_owners() -> None:
    attributed = shared(np.arange(8.0).reshape(1, 4, 2)).aggregated_by(np.array([1, 0, 1]), 2)
    np.testing.assert_allclose(attributed.values[0], [[2, 3], [4, 6]])
    np.testing.assert_allclose(attributed.base, [[6, 7]])


def test_a_blend_adds_up() -> None:
    first, second = shared(np.ones((1, 3, 2))), shared(np.full((1, 3, 2), 2.0))
    attributed = sum_attributions([first.scaled(0.25), second.scaled(0.75)])
    np.testing.assert_allclose(attributed.output, 0.25 * first.output + 0.75 * second.output)


def test_what_is_left_over_goes_to_the_base_where_nothing_contributes() -> None:
    attributed = shared(np.zeros((1, 3, 1))).rescaled_to(np.array([[5.0]]))
    assert attributed.base[0, 0] == 5.0
    assert not attributed.values.any()
