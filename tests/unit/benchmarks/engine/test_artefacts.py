from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from automl.inference.bundle import save
from benchmarks.engine.artefacts import Artefacts, Onnx, measure, page_of
from benchmarks.engine.tables import read_table
from tests.unit.automl.small_models import small_model, table, target

ARTEFACTS = Artefacts(
    "t", "lightgbm-1 × 2", True, 3.0, 0.1, 2.0, 20.0, 0.1, 0.06, Onnx("", 1e-7), Onnx("lightgbm-1", 1e-7)
)


def test_what_is_reached_stands_above_the_tables() -> None:
    refused = replace(
        ARTEFACTS, table="u", trees_only=False, explain_ms=90.0, whole=Onnx("", None, "No text."), best=None
    )
    text = page_of([ARTEFACTS, refused])
    assert "| explaining one row, tree ensembles, ms: median (slowest) | 20 (20) | <= 50 |" in text
    assert "| ONNX of the whole ensemble, tables | 1 of 2 | |" in text
    assert "| u | 3.00 | 0.10 | 2.0 | 90.0 | 0.1 | 0.06 | refused | none |" in text
    assert "* u: No text." in text


def test_a_bundle_is_measured_on_the_rows_of_the_test_part(tmp_path: Path) -> None:
    frame = table()
    frame["y"] = target("binary")
    for part in ("train", "test"):
        frame.to_csv(tmp_path / f"{part}.csv", index=False)
    (tmp_path / "meta.json").write_text(json.dumps({"target": "y", "task": "binary"}))
    model = small_model("lightgbm", "binary")
    score = {"auc": {"mean": 0.5, "standard_error": None}}
    summary = {
        "target": "y", "task": "binary", "metric": "auc", "classes": ["0", "1"], "features": [], "leaderboard": [],
        "importance": [], "data_actions": [], "scores": {"reported": score, "baseline": score},
    }  # fmt: skip
    save(replace(model, summary=summary), tmp_path / "t.nb")
    found = measure(read_table(tmp_path), tmp_path / "t.nb")
    assert found.trees_only
    assert found.whole.difference == pytest.approx(0, abs=1e-4)
    assert found.best == Onnx("lightgbm-1", found.best.difference if found.best else None)
    assert min(found.bundle_mb, found.load_s, found.explain_ms, found.report_s, found.report_mb) > 0
