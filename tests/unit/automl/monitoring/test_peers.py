"""NannyML and Evidently on the same numbers: what the method shares with them agrees with them.

Each is in an environment of its own, made when it is first needed: neither can be installed beside the engine.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl.monitoring.columns.statistics import compare_labels, compare_numbers
from automl.monitoring.performance.class_scorer import ClassScorer
from benchmarks.engine.peer_environments import cache_folder, make_environment

SCRIPTS = Path(__file__).parent / "peers"
# Each with what it needs and does not ask for.
NANNYML = ("nannyml==0.13.1", "statsmodels==0.15.0"), "nannyml"
EVIDENTLY = ("evidently==0.7.23", "pandas==2.3.3"), "evidently.legacy.calculations.stattests"

pytestmark = pytest.mark.long


def said(peer: tuple[tuple[str, ...], str], script: str, given: Any) -> dict[str, float]:
    python = make_environment(*peer, cache_folder())
    command = [str(python), "-W", "ignore", str(SCRIPTS / script)]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_expected_scores_are_those_of_nannyml():
    rng = np.random.default_rng(0)
    positive, many = rng.random(500), rng.dirichlet([0.7] * 4, 800)
    answers, chosen = (positive > 0.4).astype(int), many.argmax(axis=1)
    truth = [int(rng.choice(4, p=row)) for row in many]
    given = {
        "binary": {"p": positive.tolist(), "answers": answers.tolist()},
        "multiclass": {"p": many.tolist(), "answers": chosen.tolist(), "truth": truth},
    }
    theirs = said(NANNYML, "nannyml_scores.py", given)
    two = ClassScorer(np.column_stack([1 - positive, positive]), answers)
    for metric in ("accuracy", "f1", "auc", "average_precision"):
        assert two.score(metric, two.output) == pytest.approx(theirs[metric], abs=1e-6), metric
    several = ClassScorer(many, chosen)
    for metric, name in (("accuracy", "accuracy"), ("f1_macro", "f1"), ("auc", "roc_auc")):
        assert several.score(metric, several.output) == pytest.approx(theirs[f"multiclass {name}"], abs=1e-6), metric


def test_drift_statistics_are_those_of_evidently():
    rng = np.random.default_rng(0)
    numbers = [rng.normal(size=600), rng.normal(0.2, 1.1, 400)]
    labels = [rng.choice(list("abcd"), 60_000, p=[0.4, 0.3, 0.2, 0.1]), rng.choice(list("abcd"), 300)]
    given = {"numbers": [each.tolist() for each in numbers], "labels": [each.tolist() for each in labels]}
    theirs = said(EVIDENTLY, "evidently_scores.py", given)
    ours = compare_numbers(*numbers)
    assert ours.p == pytest.approx(theirs["ks"], abs=1e-9)
    assert ours.effect == pytest.approx(theirs["wasserstein"], abs=1e-9)
    counts = [np.array([(each == label).sum() for label in "abcd"]) for each in labels]
    ours = compare_labels(counts[0], counts[1])
    assert ours.effect == pytest.approx(theirs["jensenshannon"], abs=1e-9)
    assert ours.psi == pytest.approx(theirs["psi"], abs=1e-9)
    # Theirs takes the shares of the reference for the true ones; ours knows that they are a sample too.
    assert np.log(ours.p) == pytest.approx(np.log(theirs["chi2"]), rel=0.05)
