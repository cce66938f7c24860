from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.metrics import get_metric
from automl.postprocessing import TargetScaler, apply_temperature, fit_class_multipliers, fit_temperature


@given(st.lists(st.floats(0.001, 1e6), min_size=2, max_size=50), st.sampled_from(["rmse", "mae", "rmsle", "mape"]))
def test_scaling_is_undone(values: list[float], name: str) -> None:
    y = np.array(values)
    scale = TargetScaler.fit(y, name)
    forward = scale.transform(y)
    np.testing.assert_allclose(scale.inverse_transform(forward), y, rtol=1e-6, atol=1e-6 * max(values))
    assert abs(forward.mean()) < 1e-3 or np.ptp(y) < 1e-6 * max(values)


def test_an_exponential_cannot_run_away() -> None:
    scale = TargetScaler.fit(np.array([1.0, 10.0, 100.0]), "rmsle")
    assert scale.inverse_transform(np.array([50.0]))[0] < 1_000


def test_a_target_below_zero_takes_no_logarithm() -> None:
    assert TargetScaler.fit(np.array([-1.0, 1.0]), "mape").kind == "linear"


def test_overconfidence_is_tempered() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0.2, 0.8, 4_000)
    y = (rng.random(4_000) < truth).astype(np.int64)
    honest = np.column_stack([1 - truth, truth])
    bold = apply_temperature(honest, 0.5)
    temperature = fit_temperature(bold, y, get_metric("log_loss"))
    assert temperature == pytest.approx(2.0, rel=0.15)
    np.testing.assert_allclose(apply_temperature(bold, 2.0), honest, atol=1e-6)


def test_few_rows_are_not_calibrated_on() -> None:
    p = np.full((100, 2), 0.5)
    assert fit_temperature(p, np.zeros(100, dtype=np.int64), get_metric("auc")) == 1.0


def test_a_rare_class_gets_a_lower_threshold_for_f1() -> None:
    rng = np.random.default_rng(0)
    truth = rng.beta(1, 6, 5_000)
    y = (rng.random(5_000) < truth).astype(np.int64)
    p = np.column_stack([1 - truth, truth])
    f1 = get_metric("f1")
    decision = fit_class_multipliers(p, y, f1)
    assert f1.score(y, (p * decision).argmax(axis=1)) > f1.score(y, p.argmax(axis=1)) + 0.1


@pytest.mark.parametrize("name", ["auc", "log_loss", "accuracy"])
def test_metrics_that_need_no_threshold_get_none(name: str) -> None:
    p = np.full((10, 2), 0.5)
    np.testing.assert_array_equal(fit_class_multipliers(p, np.zeros(10, dtype=np.int64), get_metric(name)), [1, 1])
