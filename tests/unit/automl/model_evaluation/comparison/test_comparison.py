"""Comparisons of real models on the rows of a small table."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl.errors import DataError, SpecError
from automl.inference.model import Model
from automl.model_evaluation.comparison.candidates import Candidate
from automl.model_evaluation.comparison.comparison import compare
from tests.unit.automl.small_models import blend, small_model, table, target


def summary_of(model: Model, **changes: Any) -> dict[str, Any]:
    about: dict[str, Any] = {"target": "y", "task": model.task, "metric": "", "features": model.features_}
    return {**about, **({"classes": list(model.labels)} if model.labels else {}), **changes}


def candidate(id: str, model: Model, **changes: Any) -> Candidate:
    return Candidate(id, summary_of(model, **changes), lambda: model, 1000)


def labelled(task: str) -> pd.DataFrame:
    y = target(task)
    return table().assign(y=y if task == "regression" else [f"class {code}" for code in y])


@pytest.fixture(scope="module")
def binary() -> dict[str, Any]:
    models = {name: small_model(name, "binary") for name in ("linear", "constant")}
    found = [candidate(name, model) for name, model in models.items()]
    return compare([*found, candidate("both", blend(*models.values()))], labelled("binary"))


def test_the_better_model_is_found_and_said(binary: dict[str, Any]) -> None:
    assert (binary["task"], binary["metric"]) == ("binary", "auc")
    assert (binary["rows"], [each["id"] for each in binary["models"]]) == (240, ["linear", "constant", "both"])
    assert binary["best"]["id"] in ("linear", "both")
    assert "constant" not in binary["best"]["as_good"]
    first = binary["pairs"][0]
    assert (first["a"], first["b"]) == ("linear", "constant")
    difference = first["differences"]["auc"]
    assert difference["better"] == "linear"
    assert difference["low"] > 0.1
    assert first["differences"]["log_loss"]["value"] < 0
    assert first["differences"]["log_loss"]["better"] == "linear"
    assert first["delong"]["value"] == pytest.approx(difference["value"], abs=1e-5)
    assert len(binary["pairs"]) == 3
    assert "on 240 rows" in binary["verdict"]["sentences"][0]
    json.dumps(binary, allow_nan=False)


def test_agreement_adds_up(binary: dict[str, Any]) -> None:
    for pair in binary["pairs"]:
        counts = pair["agreement"]
        assert sum(value for key, value in counts.items() if key not in ("share", "kappa")) == 240
        assert pair["mcnemar"]["only_a"] == counts["only_a_right"]


def test_it_says_where_they_disagree(binary: dict[str, Any]) -> None:
    where = binary["disagreement"]
    assert 0 < where["share"] < 1
    rows = where["rows"]
    assert len({tuple(each["answers"]) for each in rows}) >= 1
    assert all(len(set(each["answers"])) > 1 for each in rows)
    frame = labelled("binary")
    assert rows[0]["actual"] == frame["y"][rows[0]["row"]]
    assert float(rows[0]["inputs"]["x"]) == frame["x"][rows[0]["row"]]
    # The constant never says what `red` speaks for.
    assert {"colour", "x"} & {each["column"] for each in where["groups"]}
    assert all(each["disagreement"] > each["elsewhere"] for each in where["groups"])


def test_speed_size_and_warnings_stand_beside_the_scores(binary: dict[str, Any]) -> None:
    for each in binary["models"]:
        assert each["size_bytes"] == 1000
        assert each["latency"]["row_ms"] > 0
        assert each["latency"]["batch_rows"] == 240


def test_it_is_the_same_again(binary: dict[str, Any]) -> None:
    models = [candidate(name, small_model(name, "binary")) for name in ("linear", "constant")]
    again = [compare(models, labelled("binary"), seed=3)["pairs"] for _ in range(2)]
    assert again[0] == again[1]


def test_numbers_are_compared_by_their_errors() -> None:
    models = [candidate(name, small_model(name, "regression")) for name in ("linear", "constant")]
    found = compare(models, labelled("regression"), metric="mae")
    [pair] = found["pairs"]
    assert (found["metric"], found["greater_is_better"]) == ("mae", False)
    assert found["best"] == {"id": "linear", "as_good": []}
    assert pair["differences"]["mae"]["better"] == "linear"
    assert pair["agreement"]["a_closer"] > pair["agreement"]["b_closer"]
    assert "mape" in pair["differences"]
    assert found["disagreement"]["mean_spread"] > 0
    assert "mcnemar" not in pair


def test_classes_meet_by_what_they_mean_and_not_by_their_order() -> None:
    model = small_model("linear", "binary")
    labels = {"class 0": "No", "class 1": "yes"}
    frame = labelled("binary").replace({"y": {"class 0": "no", "class 1": "YES"}})
    named = replace(model, labels=tuple(labels.values()))
    turned = replace(
        model,
        labels=("Y", "N"),
        members=(replace(model.members[0], models=tuple(_Turned(each) for each in model.members[0].models)),),
    )
    found = compare([candidate("a", named), candidate("b", turned)], frame)
    [pair] = found["pairs"]
    assert found["classes"] == ["No", "yes"]
    assert pair["agreement"]["share"] == 1
    assert pair["differences"]["auc"]["value"] == 0
    assert found["best"]["as_good"] == ["b"]
    assert found["verdict"]["title"] == "No clear winner"


class _Turned:
    """A fitted model of two classes with the columns of its answer the other way round."""

    def __init__(self, fitted: Any) -> None:
        self.fitted = fitted

    def predict(self, rows: Any) -> Any:
        return self.fitted.predict(rows)[:, ::-1]


def test_a_model_with_a_further_class_can_be_compared() -> None:
    two, three = small_model("linear", "binary"), small_model("linear", "multiclass")
    found = compare([candidate("two", two), candidate("three", three)], labelled("multiclass"))
    assert (found["task"], found["classes"]) == ("multiclass", ["class 0", "class 1", "class 2"])
    assert found["best"]["id"] == "three"


def test_what_cannot_be_compared_is_refused() -> None:
    number, label = small_model("constant", "regression"), small_model("constant", "binary")
    frame = labelled("binary")
    with pytest.raises(DataError, match="Some of the models predict numbers"):
        compare([candidate("a", number), candidate("b", label)], frame)
    with pytest.raises(DataError, match="different targets: 'y' and 'z'"):
        compare([candidate("a", label), candidate("b", label, target="z")], frame)
    with pytest.raises(SpecError, match="from 2 to 10"):
        compare([candidate("a", label)], frame)
    with pytest.raises(DataError, match="needs 1 column that the table lacks: 'grade'"):
        compare([candidate("a", small_model("linear", "binary"))] * 2, frame.drop(columns="grade"))
    with pytest.raises(SpecError, match="not defined on these"):
        compare([candidate("a", label), candidate("b", label)], frame[frame["y"] == "class 1"])
    with pytest.raises(SpecError, match="does not score"):
        compare([candidate("a", label), candidate("b", label)], frame, metric="rmse")


def test_rows_without_a_label_do_not_count() -> None:
    model = small_model("linear", "binary")
    frame = labelled("binary")
    frame.loc[:39, "y"] = np.nan
    frame.loc[40:44, "y"] = "class 9"
    found = compare([candidate("a", model), candidate("b", small_model("constant", "binary"))], frame)
    assert found["rows"] == 195
    assert found["left_out"] == {
        "unlabelled": 40,
        "unknown": [{"label": "class 9", "rows": 5}],
        "unknown_rows": 5,
    }
    assert min(each["row"] for each in found["disagreement"]["rows"]) >= 45
