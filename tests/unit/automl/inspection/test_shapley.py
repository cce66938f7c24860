"""One prediction explained, by models of every family."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from automl.inference.model import Model
from automl.inspection.shapley import explain
from automl.models import FAMILIES
from tests.unit.automl.small_models import TASKS, blend, small_model, table

SLOW_TO_FIT = {"neural"}
FAMILY_NAMES = sorted(FAMILIES.keys() - SLOW_TO_FIT)


def rows(n: int = 5) -> dict[str, list[object]]:
    frame = table(with_text=True).head(n).astype(object)
    return {column: frame[column].where(frame[column].notna(), None).tolist() for column in frame}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_base_and_contributions_make_the_prediction(family: str, task: str) -> None:
    model = small_model(family, task, with_text=family == "text")
    explained = explain(model, rows())
    raw = model.predict_raw(rows())
    expected = raw if raw.ndim == 1 else raw.max(axis=1)
    assert [each.value for each in explained] == pytest.approx(expected.tolist())
    for each in explained:
        assert each.base + sum(each.contributions.values()) == pytest.approx(each.value)
        assert set(each.contributions) == {step.column for step in model.preprocessor.transformers}


@pytest.mark.parametrize("family", ["lightgbm", "catboost", "xgboost"])
def test_made_columns_count_as_those_they_were_made_of(family: str) -> None:
    model = small_model(family, "binary", crosses=True)
    for each in explain(model, rows()):
        assert each.base + sum(each.contributions.values()) == pytest.approx(each.value)


def test_an_ensemble_of_exact_and_sampled_shares_adds_up() -> None:
    ensemble = blend(*(small_model(family, "multiclass") for family in ("catboost", "extra_trees", "kernel", "linear")))
    for each in explain(ensemble, rows()):
        assert each.base + sum(each.contributions.values()) == pytest.approx(each.value)


@pytest.mark.parametrize("family", ["lightgbm", "linear", "random_forest"])
def test_the_columns_that_matter_are_named(family: str) -> None:
    explained = explain(small_model(family, "regression"), rows(40))
    weight = {
        name: np.mean([abs(each.contributions[name]) for each in explained]) for name in explained[0].contributions
    }
    assert max(weight, key=lambda name: weight[name]) == "x"
    assert weight["x"] > 3 * weight["town"]


def test_exact_and_sampled_shares_agree() -> None:
    model = small_model("lightgbm", "regression")

    def sampled(model: Model) -> Model:
        """The same trees, not asked for their own shares."""
        [member] = model.members
        hidden = []
        for fitted in member.models:
            kind = type("Hidden", (type(fitted),), {"attributions": lambda self, table: None})
            hidden.append(kind.__new__(kind))
            hidden[-1].__dict__.update(vars(fitted))
        return replace(model, members=(replace(member, models=tuple(hidden)),))

    exact, other = (explain(each, rows(30)) for each in (model, sampled(model)))
    pairs = [(a.contributions["x"], b.contributions["x"]) for a, b in zip(exact, other, strict=True)]
    assert np.corrcoef(np.array(pairs).T)[0, 1] > 0.95


def test_equal_rows_have_equal_explanations_and_no_rows_none() -> None:
    model = small_model("kernel", "binary")
    twice = {column: cells[:1] * 2 for column, cells in rows(1).items()}
    first, second = explain(model, twice)
    assert first == second
    assert explain(model, {column: [] for column in twice}) == []


def test_without_a_sample_the_typical_row_is_compared_with() -> None:
    model = replace(small_model("linear", "regression"), sample={})
    typical = {feature["name"]: [feature["typical"]] for feature in model.preprocessor.input_schema}
    [explained] = explain(model, typical)
    assert explained.value == pytest.approx(explained.base)
    assert set(explained.contributions.values()) == {0.0} or max(map(abs, explained.contributions.values())) < 1e-6


def test_rows_need_not_have_every_column() -> None:
    [explained] = explain(small_model("lightgbm", "binary"), {"x": [1.0]})
    assert explained.base + sum(explained.contributions.values()) == pytest.approx(explained.value)
