from __future__ import annotations

import numpy as np
import pytest

from automl.evaluation.bootstrap import bootstrap_standard_error
from automl.metrics import get_metric


def test_the_standard_error_of_a_mean_is_known() -> None:
    rng = np.random.default_rng(0)
    errors = np.abs(rng.normal(size=2000))
    found = bootstrap_standard_error(get_metric("mae"), errors, np.zeros(2000))
    assert found == pytest.approx(errors.std() / np.sqrt(2000), rel=0.2)
    large = np.tile(errors, 20)
    assert bootstrap_standard_error(get_metric("mae"), large, np.zeros(len(large)), n_resamples=50) == pytest.approx(
        errors.std() / np.sqrt(len(large)), rel=0.4
    )


def test_groups_that_err_alike_count_as_one_each() -> None:
    rng = np.random.default_rng(0)
    errors = np.repeat(np.abs(rng.normal(size=200)), 10)
    groups = np.repeat(np.arange(200), 10)
    found = bootstrap_standard_error(get_metric("mae"), errors, np.zeros(2000), groups=groups)
    assert found == pytest.approx(errors.std() / np.sqrt(200), rel=0.2)


def test_one_row_says_nothing() -> None:
    assert np.isnan(bootstrap_standard_error(get_metric("mae"), np.ones(1), np.zeros(1)))
