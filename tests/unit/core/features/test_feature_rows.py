"""Rows of features: one generation replaces another without a gap, whoever crashes or is late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.domain.features import FeatureSet, Generation
from core.errors import Unavailable
from core.features import feature_rows
from core.features.feature_rows import FeatureRows, row_key
from core.storage.due_rows import Due
from tests.simulation.memory import MemoryTables

ADA, SOURCE = "ada", "patients"
DUE = Due("2026-11-30T12:00", "features", ADA, SOURCE)
KEY = ["patient"]


class Crash(Exception):
    pass


class FailingTables:
    """Tables of which one call raises, before or after it was carried out."""

    def __init__(self, tables: MemoryTables, fails_at: int, *, lands: bool, error: Exception) -> None:
        self._tables, self._left, self._lands, self._error = tables, fails_at, lands, error

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._tables, name)

        def counted(*args: Any, **options: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                if self._lands:
                    call(*args, **options)
                raise self._error
            return call(*args, **options)

        return counted


@pytest.fixture
def tables() -> MemoryTables:
    return MemoryTables()


@pytest.fixture
def features(tables: MemoryTables) -> FeatureRows:
    return rows_over(tables)


def rows_over(tables: Any) -> FeatureRows:
    made = FeatureRows(tables, 0.0)
    made.grace = timedelta(0)
    return made


def write(features: FeatureRows, fetch: int, cells: dict[str, bytes], id: str | None = None) -> bool:
    """Write a generation, as a worker does; False if newer rows are there."""
    id = id or features.begin(ADA, SOURCE, f"dataset-{fetch}", fetch, KEY)
    if id is None:
        return False
    features.put_many(ADA, SOURCE, id, cells)
    return features.finish(ADA, SOURCE, Generation(id, f"dataset-{fetch}", fetch, KEY, rows=len(cells)))


def read(features: FeatureRows) -> dict[str, bytes]:
    """What a predictor finds under a, b and c."""
    found = features.find(ADA, SOURCE)
    answers = found.answers if found else None
    if answers is None:
        return {}
    keys = {row_key(ADA, SOURCE, answers.id, key): key for key in "abc"}
    return {keys[key]: value for key, value in features.tables.get_many(list(keys)).items()}


def stored(tables: MemoryTables) -> int:
    return sum(key.startswith("feature#") for key in tables.rows)


def test_rows_of_before_answer_until_all_of_the_new_ones_are_there(features: FeatureRows, tables: MemoryTables) -> None:
    assert write(features, 1, {"a": b"1", "b": b"1"})
    id = features.begin(ADA, SOURCE, "dataset-2", 2, KEY)
    assert id is not None
    features.put_many(ADA, SOURCE, id, {"b": b"2", "c": b"2"})
    assert read(features) == {"a": b"1", "b": b"1"}
    assert features.finish(ADA, SOURCE, Generation(id, "dataset-2", 2, KEY))
    assert read(features) == {"b": b"2", "c": b"2"}
    features.sweep(DUE, is_used=True)
    assert read(features) == {"b": b"2", "c": b"2"}
    assert stored(tables) == 2


def test_what_was_replaced_stays_as_long_as_a_predictor_may_read_it(
    features: FeatureRows, tables: MemoryTables
) -> None:
    write(features, 1, {"a": b"1"})
    features.grace = timedelta(minutes=5)
    write(features, 2, {"a": b"2"})
    features.sweep(DUE, is_used=True)
    assert stored(tables) == 2
    assert [key for key in tables.rows if key.startswith("due#")]  # It is looked at again.
    features.grace = timedelta(0)
    features.sweep(DUE, is_used=True)
    assert (stored(tables), read(features)) == (1, {"a": b"2"})


def test_an_older_dataset_and_one_whose_rows_are_there_are_not_written(features: FeatureRows) -> None:
    write(features, 2, {"a": b"2"})
    assert features.begin(ADA, SOURCE, "dataset-1", 1, KEY) is None
    assert features.begin(ADA, SOURCE, "dataset-2", 2, KEY) is None
    assert features.begin(ADA, SOURCE, "dataset-2", 2, ["name"]) is not None  # By another key they are other rows.


def test_a_late_writer_changes_nothing(features: FeatureRows, tables: MemoryTables) -> None:
    late = features.begin(ADA, SOURCE, "dataset-1", 1, KEY)
    assert late is not None
    assert write(features, 2, {"a": b"2"})
    assert not write(features, 1, {"a": b"late"}, late)
    assert read(features) == {"a": b"2"}
    features.sweep(DUE, is_used=True)
    features.put_many(ADA, SOURCE, late, {"b": b"later still"})
    features.sweep(DUE, is_used=True)
    assert (stored(tables), read(features)) == (1, {"a": b"2"})


def test_many_rows_are_deleted_some_at_a_time(
    features: FeatureRows, tables: MemoryTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature_rows, "SWEPT_AT_ONCE", 10)
    write(features, 1, {f"{number:03}": b"" for number in range(35)})
    write(features, 2, {"a": b"2"})
    tables.put(DUE.key, b"")
    left = []
    while DUE.key in tables.rows:
        features.sweep(DUE, is_used=True)
        left.append(stored(tables))
    assert left[0] == 26
    assert left[-1] == 1


def test_a_source_that_nobody_looks_up_has_no_rows(features: FeatureRows, tables: MemoryTables) -> None:
    write(features, 1, {"a": b"1"})
    features.begin(ADA, SOURCE, "dataset-2", 2, KEY)
    features.sweep(DUE, is_used=False)
    assert tables.rows.keys() - {key for key in tables.rows if key.startswith("due#")} == set()
    assert write(features, 2, {"a": b"2"})


@pytest.mark.parametrize("lands", [False, True])
@pytest.mark.parametrize("error", [Crash(), Unavailable("the tables are away")])
def test_a_crash_at_any_call_is_made_good_by_doing_it_again(lands: bool, error: Exception) -> None:
    for fails_at in range(1, 40):
        tables = MemoryTables()
        write(rows_over(tables), 1, {"a": b"1", "b": b"1"})
        failing = rows_over(FailingTables(tables, fails_at, lands=lands, error=error))
        try:
            write(failing, 2, {"b": b"2", "c": b"2"})
            failing.sweep(DUE, is_used=True)
        except (Crash, Unavailable):
            ended = False
        else:
            ended = True
        again = rows_over(tables)
        assert read(again) in ({"a": b"1", "b": b"1"}, {"b": b"2", "c": b"2"})
        write(again, 2, {"b": b"2", "c": b"2"})
        again.sweep(DUE, is_used=True)
        assert read(again) == {"b": b"2", "c": b"2"}
        assert stored(tables) == 2
        found = again.find(ADA, SOURCE)
        assert found is not None
        assert found == FeatureSet(found.current, "", [], found.nonce)
        if ended:
            return
    pytest.fail("it never ended")
