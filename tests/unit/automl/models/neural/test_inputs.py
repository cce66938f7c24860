from __future__ import annotations

import numpy as np

from automl.models.neural.inputs import MAX_ONE_HOT, MAX_PERIODIC, NetworkInputs
from automl.preprocessing.text_encoder import EncodedFeatures


def table(numeric: np.ndarray, codes: np.ndarray | None = None, labels: int = 0) -> EncodedFeatures:
    categorical = np.zeros((len(numeric), 0), np.int32) if codes is None else codes[:, None].astype(np.int32)
    categories = () if codes is None else (tuple(map(str, range(labels))),)
    return EncodedFeatures(numeric.astype(np.float32), categorical, categories=categories)


def test_small_categories_get_columns_and_large_ones_indices() -> None:
    codes = np.arange(30) % MAX_ONE_HOT
    matrix, indices = NetworkInputs.fit(rows := table(np.zeros((30, 0)), codes, MAX_ONE_HOT)).transform(rows)
    assert matrix.shape == (30, MAX_ONE_HOT)
    assert indices.shape == (30, 0)
    codes = np.arange(30) % (MAX_ONE_HOT + 1)
    matrix, indices = NetworkInputs.fit(rows := table(np.zeros((30, 0)), codes, MAX_ONE_HOT + 1)).transform(rows)
    assert matrix.shape == (30, 0)
    np.testing.assert_array_equal(indices[:, 0], codes + 1)


def test_labels_missing_unseen_or_rare_share_the_first_index() -> None:
    codes = np.array([*range(20), *range(3, 20), *range(3, 20)])
    inputs = NetworkInputs.fit(table(np.zeros((len(codes), 0)), codes, 20))
    _, indices = inputs.transform(table(np.zeros((5, 0)), np.array([-1, 20, 0, 3, 19]), 20))
    assert indices[:, 0].tolist() == [0, 0, 0, 1, 17]
    assert inputs.sizes.tolist() == [18]


def test_numbers_of_three_values_or_more_are_periodic() -> None:
    values = np.array([[0, 1, np.nan, 5], [1, 1, np.nan, 6], [0, 1, np.nan, 7], [np.nan, 1, np.nan, 5]])
    assert NetworkInputs.fit(table(values)).periodic.tolist() == [3]


def test_a_wide_table_does_without_periodic_embeddings() -> None:
    wide = np.random.default_rng(0).normal(size=(5, MAX_PERIODIC + 1))
    assert len(NetworkInputs.fit(table(wide)).periodic) == 0


def test_arrays_round_trip() -> None:
    rng = np.random.default_rng(0)
    rows = table(rng.normal(size=(40, 2)), rng.integers(-1, 13, 40), 12)
    inputs = NetworkInputs.fit(rows)
    again = NetworkInputs.from_arrays(inputs.to_arrays())
    for one, other in zip(again.transform(rows), inputs.transform(rows), strict=True):
        np.testing.assert_array_equal(one, other)
