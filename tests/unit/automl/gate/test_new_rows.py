"""Rows that a model has not been fitted on: by what was held out, by digests, and where neither tells."""

from __future__ import annotations

import numpy as np
import pandas as pd

from automl.gate.draw_holdout import Roles, draw_holdout
from automl.gate.new_rows import find_new_rows
from automl.reference.row_digests import RowDigests
from tests.unit.automl.gate.test_holdout import continuous

ALL = ("a", "b", "y")


def test_what_was_held_out_is_new() -> None:
    frame = continuous(500)
    holdout = draw_holdout(frame, Roles("y"), "salt", 0.2)
    held = holdout.find(frame)
    assert held is not None
    found = find_new_rows(frame, holdout, RowDigests.of(frame[~held], ALL))
    assert found.basis == "held out"
    np.testing.assert_array_equal(found.rows, held)


def test_a_row_that_was_changed_in_a_column_that_is_not_read_is_known_nevertheless() -> None:
    frame = continuous(1000).assign(note="old")
    holdout = draw_holdout(frame, Roles("y"), "salt", 0.2, columns=["a", "b", "note"])
    held = holdout.find(frame)
    assert held is not None
    digests = RowDigests.of(frame[~held], ALL)
    changed = frame.assign(note="new")
    found = find_new_rows(changed, holdout, digests)
    assert 0 < found.rows.sum() < 100
    assert not (found.rows & ~held).any()


def test_what_a_foreign_model_was_trained_on_is_found_by_its_digests() -> None:
    frame = continuous(500)
    found = find_new_rows(frame, None, RowDigests.of(frame[:400], ALL))
    assert found.basis == "digests"
    assert found.rows.tolist() == [False] * 400 + [True] * 100


def test_who_has_seen_one_row_of_a_group_has_seen_the_group() -> None:
    frame = continuous(100)
    groups = np.arange(100) // 10
    found = find_new_rows(frame, None, RowDigests.of(frame[::20], ALL), together=groups)
    assert found.rows.tolist() == [(i // 10) % 2 == 1 for i in range(100)]


def test_rows_that_are_alike_by_chance_are_as_good_as_new() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.choice(["yes", "no"], (3000, 3)), columns=list("aby"))
    found = find_new_rows(table[2000:], None, RowDigests.of(table[:2000], ALL))
    assert found.rows.all()


def test_without_digests_or_their_columns_nothing_is_known() -> None:
    frame = continuous(100)
    assert find_new_rows(frame, None, None).basis == "unknown"
    found = find_new_rows(frame[["a", "y"]], None, RowDigests.of(frame, ALL))
    assert (found.basis, found.rows.all()) == ("unknown", True)


def test_of_a_training_that_is_remembered_in_part_only_what_can_be_told_is_new() -> None:
    frame = continuous(2000)
    digests = RowDigests.of(frame[:1000], ALL, max_digests=200)
    found = find_new_rows(frame, None, digests)
    assert not found.rows[:1000].any()
    assert 100 < found.rows[1000:].sum() < 350
