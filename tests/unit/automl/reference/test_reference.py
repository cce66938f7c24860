"""A reference is training rows with the model's out-of-fold output, and a file brings it back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl import AutoML
from automl.errors import BundleError
from automl.fit import reference as drawing
from automl.reference import Reference, digest_rows
from automl.reference.plain_cells import plain_cells
from tests.unit.automl.small_fit import table


def fitted(frame: pd.DataFrame, target: str, **settings: object) -> AutoML:
    return AutoML(time_budget=30, models=["linear"], **settings).fit(frame, target)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def messy() -> pd.DataFrame:
    frame = table(300)
    frame["when"] = pd.date_range("2024-01-01", periods=300, freq="7h")
    frame["took"] = pd.to_timedelta(np.arange(300) % 60, unit="min")
    frame["mixed"] = [1, "2", 3.5, None, True, "x"] * 50
    frame["truth"] = np.arange(300) % 3 == 0
    frame["nullable"] = pd.array([None if i % 7 == 0 else i % 5 for i in range(300)], dtype="Int64")
    frame["kind"] = pd.Categorical(np.arange(300) % 4)
    frame.loc[5:9, "size"] = None
    return frame.drop(columns=["value", "sign"])


@pytest.fixture(scope="module")
def several(messy: pd.DataFrame) -> AutoML:
    return fitted(messy, "size")


@pytest.mark.parametrize("target", ["sign", "value"])
def test_it_has_each_row_with_its_target_and_an_output_that_knew_nothing_of_it(target: str) -> None:
    frame = table(200)
    engine = fitted(frame, target)
    reference = engine.reference_
    assert len(reference) == len(reference.rows) == len(reference.output) == len(reference.fold) == 200
    assert reference.task == engine.model_.task
    assert reference.target == target
    expected = frame[target].to_numpy()
    assert (reference.y == expected).all()
    pd.testing.assert_series_equal(reference.rows["x"], frame["x"])
    assert len(np.unique(reference.fold)) > 1
    # Out of fold it is about as good as was reported, and not what the finished model says of its own rows.
    said = engine.model_.predict_raw(reference.rows)
    assert said.shape == reference.output.shape
    assert not np.allclose(said, reference.output, atol=1e-4)
    assert np.corrcoef(said.ravel(), reference.output.ravel())[0, 1] > 0.9


def test_rows_without_a_target_are_not_in_it(messy: pd.DataFrame, several: AutoML) -> None:
    reference = several.reference_
    assert len(reference) == 295
    assert reference.labels == [str(label) for label in several.classes_]
    assert reference.output.shape == (295, 3)
    np.testing.assert_allclose(reference.output.sum(axis=1), 1)
    assert [reference.labels[code] for code in reference.codes] == reference.y.tolist()
    assert reference.y.tolist() == messy["size"].dropna().tolist()
    assert several.row_digests_.total == 295
    assert several.row_digests_.count_seen(messy) == 295


def test_the_model_reads_its_rows_as_it_read_the_table(messy: pd.DataFrame, several: AutoML, tmp_path: Path) -> None:
    several.reference_.save(tmp_path / "reference.parquet")
    kept = Reference.load(tmp_path / "reference.parquet")
    original = messy[messy["size"].notna()]
    expected = several.model_.predict_raw(original)
    np.testing.assert_array_equal(several.model_.predict_raw(several.reference_.rows), expected)
    np.testing.assert_array_equal(several.model_.predict_raw(kept.rows), expected)
    columns = [column["name"] for column in several.features_]
    assert list(kept.rows) == [name for name in messy if name in columns]
    np.testing.assert_array_equal(digest_rows(kept.rows, columns), digest_rows(original, columns))


def test_a_file_brings_it_back(several: AutoML, tmp_path: Path) -> None:
    folder = tmp_path / "year=2024"  # Readers of Parquet take such names for columns.
    folder.mkdir()
    reference = several.reference_
    reference.save(folder / "reference.parquet")
    found = Reference.load(folder / "reference.parquet")
    pd.testing.assert_frame_equal(found.rows, reference.rows)
    np.testing.assert_array_equal(found.y, reference.y)
    np.testing.assert_array_equal(found.output, reference.output)
    np.testing.assert_array_equal(found.fold, reference.fold)
    assert (found.labels, found.task, found.target) == (reference.labels, reference.task, reference.target)


def test_names_of_columns_cannot_be_taken_for_others(tmp_path: Path) -> None:
    frame = table(120).rename(columns={"x": "y", "z": "output.0", "colour": "fold", "value": "x.y"})
    reference = fitted(frame.drop(columns="size"), "sign").reference_
    reference.save(tmp_path / "reference.parquet")
    pd.testing.assert_frame_equal(Reference.load(tmp_path / "reference.parquet").rows, reference.rows)


def test_numbers_come_back_as_numbers(tmp_path: Path) -> None:
    reference = fitted(table(120).drop(columns=["sign", "size"]), "value").reference_
    reference.save(tmp_path / "reference.parquet")
    found = Reference.load(tmp_path / "reference.parquet")
    np.testing.assert_array_equal(found.y, reference.y)
    np.testing.assert_array_equal(found.output, reference.output)
    assert found.labels == []


def test_a_larger_table_is_drawn_from_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "PROBE_ROWS", 5)
    monkeypatch.setattr(drawing, "MAX_ROWS", 50)
    frame = table(400).assign(number=np.arange(400.0) ** 1.5)
    engine = fitted(frame, "sign", time_column="number")
    numbers = engine.reference_.rows["number"]
    assert len(engine.reference_) == 50
    assert numbers.is_monotonic_increasing
    monkeypatch.setattr(drawing, "MAX_BYTES", 1_000)
    assert 5 <= len(fitted(frame, "sign").reference_) < 50


def test_long_texts_are_cut() -> None:
    essays = plain_cells(pd.Series(["word " * 2_000, None, "short"]))
    assert essays.str.len().fillna(0).tolist() == [2_000, 0, 5]


def test_of_a_holdout_the_rows_that_were_held_back_are_in_it() -> None:
    engine = AutoML(time_budget=1, models=["linear"]).fit(
        pd.concat([table(3_000, seed) for seed in range(30)], ignore_index=True), "sign"
    )
    assert 0 < len(engine.reference_) <= 20_000
    assert engine.row_digests_.total == engine.model_.review["about"]["rows"]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"nothing"])
def test_a_damaged_file_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "reference.parquet").write_bytes(content)
    with pytest.raises(BundleError) as caught:
        Reference.load(tmp_path / "reference.parquet")
    assert caught.value.reason == "REFERENCE_DAMAGED"
