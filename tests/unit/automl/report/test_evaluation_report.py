"""Reports of evaluations: complete, offline, and unmoved by hostile names."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest

from automl.model_evaluation.evaluate import evaluate
from automl.reference import RowDigests
from automl.report import evaluation_report
from tests.unit.automl.model_evaluation.test_evaluate import KnownModel, classifier, people
from tests.unit.automl.report.test_model_report import ELEMENTS, HOSTILE, Elements

ABOUT = {"model": "m1", "dataset": "spring.csv"}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    promised = {"reported": {"auc": {"mean": 0.7, "standard_error": 0.02}}}
    frame = people(400)
    digests = RowDigests.of(frame.iloc[:20], ["name", "sex", "age", "score", "bought"])
    return evaluate(classifier(scores=promised), frame, digests=digests, slices=["sex", "age", "name"], pairs=True)


def test_everything_that_was_found_is_told(found: dict[str, Any]) -> None:
    page = evaluation_report(found, {**ABOUT, "endpoint": "income", "version": 7, "name": "Spring"})
    told = (
        "<h1>Spring</h1>", "Version 7 of the endpoint income", "400 labelled rows of spring.csv",
        found["verdict"]["title"], "Slices", "Fairness", "By sex", "promised at training", "Confusion matrix",
        "Decision threshold", "ROC curve", "sex × age", "name (it holds free text)",
    )  # fmt: skip
    assert [words for words in told if words not in page] == []
    assert page.count('<tr class="own">') >= 3
    assert not re.search(r"<script|https?://|javascript:| on\w+=| style=", page)


def test_numbers_are_reported_too() -> None:
    frame = pd.DataFrame({"score": range(100), "y": [i + (i % 7) for i in range(100)]})
    model = KnownModel((), summary={"target": "y", "task": "regression", "metric": "rmse"})
    page = evaluation_report(evaluate(model, frame), ABOUT)
    assert "Absolute error" in page
    assert "Confusion matrix" not in page
    assert "Fairness" not in page


def test_hostile_names_stay_text(found: dict[str, Any]) -> None:
    for text in HOSTILE:
        hostile = {
            **found,
            "target": text,
            "slices": [{**each, "column": text, "value": text} for each in found["slices"]],
            "slices_left_out": [{"column": text, "why": text}],
            "fairness": {text: found["fairness"]["sex"]},
            "input_warnings": [{"column": text, "detail": text}],
            "drift": {
                "inputs": {"why": text},
                "columns": [
                    {
                        "name": text,
                        "type": "category",
                        "importance": None,
                        "drifted": True,
                        "effect": None,
                        "threshold": 0.1,
                        "p_adjusted": None,
                        "missing": {"rate": 0.1, "was": 0.0},
                    }
                ],
            },
            "verdict": {**found["verdict"], "sentences": [text]},
        }
        elements = Elements(evaluation_report(hostile, dict.fromkeys(("model", "dataset", "name"), text)))
        assert elements.names <= ELEMENTS
        assert not [name for name in elements.attributes if name.startswith("on") or name == "style"]
