"""The examples in the docstrings of the engine's public names, run as they are printed."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path
from typing import Any

import pytest

from tests.emulators.bound import ROOT

MODULES = (
    "automl", "automl.estimator", "automl.fitted_estimator", "automl.inference.bundle",
    "automl.inference.input_check", "automl.inference.model", "automl.inspection.shapley",
    "automl.model_evaluation.evaluate",
)  # fmt: skip
EXAMPLES = {
    test.name: test
    for name in MODULES
    for test in doctest.DocTestFinder().find(importlib.import_module(name))
    if test.examples
}
FIRST = EXAMPLES.pop("automl.estimator.AutoML")


def run(test: doctest.DocTest, variables: dict[str, Any]) -> None:
    """Run one docstring's examples; an example that prints something else fails with both texts."""
    test.globs |= variables
    report: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=report.append, clear_globs=False)
    assert not report, "".join(report)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the checkout to an example."""
    made = tmp_path_factory.mktemp("examples")
    (made / "examples").symlink_to(ROOT / "examples")
    return made


@pytest.fixture(scope="module")
def variables(folder: Path) -> dict[str, Any]:
    """What the example of `AutoML` leaves behind: the others go on with it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        run(FIRST, {})
    return {name: FIRST.globs[name] for name in ("AutoML", "frame", "estimator", "model", "guest")}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_example(name: str, variables: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    run(EXAMPLES[name], variables)


def test_every_call_of_the_estimator_and_the_model_that_users_make_has_an_example() -> None:
    calls = ["automl.estimator.AutoML.fit"]
    calls += [
        f"automl.fitted_estimator.FittedEstimator.{name}" for name in ("predict", "predict_proba", "save", "load")
    ]
    calls += [f"automl.inference.model.Model.{name}" for name in ("predict", "predict_proba", "check_inputs")]
    assert set(calls) <= EXAMPLES.keys()
