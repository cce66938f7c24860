"""Profiles of tables sound and strange."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from automl.profiling.profile import profile


def test_a_profile_is_plain_data() -> None:
    frame = pd.DataFrame(
        {
            "size": ["1", "2", "?", ""] * 10,
            "colour": ["red", "Red", "blue", "red"] * 10,
            "when": ["2024-01-01", "2024-02-01", None, "2024-03-01"] * 10,
            "long": ["x" * 300] * 40,
        },
        dtype="str",
    )
    found = profile(frame)
    json.dumps(found, allow_nan=False)
    size, colour, when, long = found["columns"]
    assert found["rows"] == 40
    assert (size["name"], size["type"], size["missing"], size["distinct"]) == ("size", "number", 20, 3)
    assert any("'?'" in warning for warning in size["warnings"])
    assert (colour["type"], colour["missing"], colour["examples"]) == ("category", 0, ["red", "Red", "blue"])
    assert any("one label" in warning for warning in colour["warnings"])
    assert colour["distribution"]["values"][0] == ["red", 20]
    assert (when["type"], when["missing"]) == ("date", 10)
    assert when["distribution"]["edges"][0] == "2024-01-01T00:00:00"
    assert (long["type"], len(long["examples"][0])) == ("constant", 80)
    assert "36 rows repeat an earlier row." in found["warnings"]


def test_types_can_be_set() -> None:
    assert profile(pd.DataFrame({"a": ["1", "2", "3"]}), {"a": "category"})["columns"][0]["type"] == "category"


def test_histograms_count_every_number() -> None:
    counts = profile(pd.DataFrame({"a": np.random.default_rng(0).normal(size=500)}))["columns"][0]["distribution"]
    assert sum(counts["counts"]) == 500
    assert len(counts["edges"]) == 21


@pytest.mark.parametrize(
    "cells",
    [
        [],
        [None] * 3,
        [1],
        [1e308, -1e308, 0.0],
        [1.0, np.nextafter(1.0, 2)],
        [10**30, 10**5000, None],
        [[1], {"a": 2}, ("b",)],
        ["\ud800", "😀", "=1+1"],
        [b"x", b"y"],
    ],
)
def test_strange_columns(cells: list[object]) -> None:
    found = profile(pd.DataFrame({"😀": pd.Series(cells, dtype=object)}))
    json.dumps(found, allow_nan=False)
    assert found["rows"] == len(cells)


def test_warnings_of_reading_are_kept() -> None:
    frame = pd.DataFrame({"a": ["1", "2"]})
    frame.attrs["warnings"] = ["1 rows were short."]
    assert profile(frame)["warnings"] == ["1 rows were short."]
