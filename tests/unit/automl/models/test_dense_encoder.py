from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from automl.models.dense_encoder import DenseEncoder
from automl.preprocessing.text_encoder import EncodedFeatures

FLOATS = st.floats(width=32, allow_infinity=True, allow_nan=True)


def table(numeric: np.ndarray, codes: np.ndarray | None = None) -> EncodedFeatures:
    categorical = np.zeros((len(numeric), 0), np.int32) if codes is None else codes[:, None].astype(np.int32)
    return EncodedFeatures(
        numeric.astype(np.float32), categorical, categories=() if codes is None else (("x", "y", "z"),)
    )


@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 30), st.integers(0, 4)), elements=FLOATS))
def test_whatever_the_numbers_the_matrix_is_finite_and_bounded(numeric: np.ndarray) -> None:
    encoder = DenseEncoder.fit(table(numeric))
    matrix = encoder.transform(table(numeric))
    assert matrix.dtype == np.float32
    assert np.isfinite(matrix).all()
    assert np.abs(matrix).max(initial=0) <= 4.0001


def test_missing_is_marked_and_stands_at_the_centre() -> None:
    encoder = DenseEncoder.fit(table(np.array([[1.0], [2.0], [3.0], [np.nan]])))
    np.testing.assert_allclose(encoder.transform(table(np.array([[np.nan]]))), [[0, 1]])


def test_labels_unseen_or_missing_have_no_level() -> None:
    codes = np.array([0, 1, 1, 0])
    encoder = DenseEncoder.fit(table(np.zeros((4, 0)), codes))
    matrix = encoder.transform(table(np.zeros((4, 0)), np.array([0, 1, 3, -1])))
    np.testing.assert_array_equal(matrix, [[1, 0], [0, 1], [0, 0], [0, 0]])


def test_only_the_most_frequent_levels_get_a_column() -> None:
    encoder = DenseEncoder.fit(table(np.zeros((6, 0)), np.array([2, 2, 2, 1, 1, 0])), max_levels=2)
    assert encoder.levels[0].tolist() == [1, 2]


def test_arrays_round_trip() -> None:
    rng = np.random.default_rng(0)
    rows = table(rng.normal(size=(20, 2)), rng.integers(0, 3, 20))
    encoder = DenseEncoder.fit(rows)
    again = DenseEncoder.from_arrays(encoder.to_arrays())
    np.testing.assert_array_equal(again.transform(rows), encoder.transform(rows))
