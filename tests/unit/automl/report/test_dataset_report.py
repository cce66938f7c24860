"""Reports of datasets, hostile ones among them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from automl.profiling.profile import profile
from automl.report import dataset_report

HOSTILE = "<script>alert(1)</script>\"'>"


def test_every_column_has_a_card() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=200),
            "colour": rng.choice(["red", "blue"], 200),
            "when": pd.date_range("2020-01-01", periods=200).astype(str),
            "same": "x",
            "empty": None,
        }
    )
    page = dataset_report({**profile(frame), "associations": [{"a": "size", "b": "when", "strength": 0.9}]}, name="d")
    for words in ("<h3>size</h3>", "<h3>empty</h3>", "2020-01-01 to 2020-07-18", "red", "200", "Associated columns"):
        assert words in page


def test_hostile_names_and_cells_are_text() -> None:
    frame = pd.DataFrame({HOSTILE: [HOSTILE, HOSTILE, "b"] * 20, "\u202eevil": ["<b>", "</style>", "&"] * 20})
    page = dataset_report(profile(frame), name=HOSTILE)
    assert "<script" not in page
    assert page.count("</style>") == 1
    assert "\u202e" not in page


def test_an_empty_table() -> None:
    assert "<h3>a</h3>" in dataset_report(profile(pd.DataFrame({"a": []})), name="nothing")
