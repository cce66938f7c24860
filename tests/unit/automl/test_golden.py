"""Bundles written by earlier versions, one a family: they load, and answer as they did."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from automl import explain, load
from automl.models import FAMILIES

BUNDLES = sorted((Path(__file__).parent / "golden").glob("*.nb"))


def test_there_is_one_of_every_family() -> None:
    assert {path.stem for path in BUNDLES} == set(FAMILIES)


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_it_answers_as_it_did(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        written = json.loads(archive.read("manifest.json"))["probe_predictions"]
    model = load(path)
    probe = {column: cells[: len(written)] for column, cells in model.sample.items()}
    np.testing.assert_allclose(model.predict_raw(probe), written, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_it_explains_what_it_answers(path: Path) -> None:
    model = load(path)
    row = {column: cells[:1] for column, cells in model.sample.items()}
    [explained] = explain(model, row)
    assert explained.base + sum(explained.contributions.values()) == pytest.approx(explained.value)
    assert explained.value == pytest.approx(
        float(np.max(model.predict_raw(row))) if model.task != "regression" else explained.value
    )
