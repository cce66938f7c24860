from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestRegressor

from automl.models.forest.path_attributions import PathAttributions

RNG = np.random.default_rng(0)
MATRIX = RNG.normal(size=(120, 5)).astype(np.float32)
MATRIX[RNG.random(MATRIX.shape) < 0.1] = np.nan
SCORE = np.nan_to_num(MATRIX[:, 0]) * 3 + np.nan_to_num(MATRIX[:, 1])


def test_base_and_shares_make_the_forests_answer() -> None:
    forest = RandomForestRegressor(20, random_state=0).fit(MATRIX, SCORE)
    paths = PathAttributions.of([tree.tree_ for tree in forest.estimators_])
    attributed = paths.attributions(MATRIX)
    np.testing.assert_allclose(paths.base + attributed.sum(axis=1)[:, 0], forest.predict(MATRIX), rtol=1e-9)
    assert np.abs(attributed[:, 0]).mean() > 5 * np.abs(attributed[:, 4]).mean()


def test_classes_share_what_they_have() -> None:
    forest = ExtraTreesClassifier(20, random_state=0).fit(MATRIX, np.digitize(SCORE, [-1, 1]))
    paths = PathAttributions.of([tree.tree_ for tree in forest.estimators_])
    attributed = paths.attributions(MATRIX)
    np.testing.assert_allclose(paths.base + attributed.sum(axis=1), forest.predict_proba(MATRIX), atol=1e-9)
    np.testing.assert_allclose(attributed.sum(axis=2), 0, atol=1e-9)


def test_a_tree_without_a_split_owes_nothing_to_anybody() -> None:
    forest = RandomForestRegressor(3, random_state=0).fit(MATRIX, np.full(len(MATRIX), 7.0))
    paths = PathAttributions.of([tree.tree_ for tree in forest.estimators_])
    assert paths.base == pytest.approx([7.0])
    assert not paths.attributions(MATRIX).any()
