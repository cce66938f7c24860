"""Corrections of columns, one after the other."""

from __future__ import annotations

from dataclasses import replace

from core.datasets.column_corrections import ColumnCorrections
from core.domain.records import Dataset

DATASET = Dataset("d", "u", "name", "ready", "blob", 1, "sha", "now", types={"a": "text"})


def test_types_have_a_short_and_a_long_form() -> None:
    changes = {"types": {"b": "date"}, "columns": {"c": {"type": "number", "decimal_sign": ","}}}
    found = ColumnCorrections.of(DATASET, changes, keep=True)
    assert found == ColumnCorrections({"a": "text", "b": "date", "c": "number"}, {"c": {"decimal_sign": ","}})


def test_null_takes_a_correction_back() -> None:
    dataset = replace(DATASET, column_options={"a": {"unit": "kg", "decimal_sign": ","}})
    found = ColumnCorrections.of(dataset, {"columns": {"a": {"type": None, "unit": None}}}, keep=True)
    assert found == ColumnCorrections({}, {"a": {"decimal_sign": ","}})
    assert dataset.column_options == {"a": {"unit": "kg", "decimal_sign": ","}}


def test_a_new_header_forgets_what_was_corrected_before() -> None:
    dataset = replace(DATASET, column_options={"a": {"unit": "kg"}})
    assert ColumnCorrections.of(dataset, {"types": {"b": "date"}}, keep=False) == ColumnCorrections({"b": "date"}, {})


def test_a_column_is_named_with_the_member_that_corrects_it() -> None:
    assert ColumnCorrections({"a": "text"}, {"b": {"unit": "kg"}}).fields() == {"a": "types.a", "b": "columns.b"}
