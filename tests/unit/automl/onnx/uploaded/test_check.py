"""What is refused, and why; what is read off a file, and what is assumed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from automl.errors import ModelFileError
from automl.onnx.uploaded.check import check_file
from automl.onnx.uploaded.options import UploadOptions
from tests.unit.automl.onnx.uploaded.graphs import X, constant, floats, graph, linear, softmax
from tests.unit.automl.onnx.uploaded.hostile_graphs import HOSTILE


def checked(model: Any, background: dict[str, list[Any]] | None = None, **said: Any) -> dict[str, Any]:
    return check_file(model.SerializeToString(), UploadOptions(**said), background)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_cannot_be_served_is_refused_with_a_reason(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make, reason = HOSTILE[name]
    with pytest.raises(ModelFileError) as caught:
        check_file(make(), UploadOptions())
    assert caught.value.reason == reason
    assert caught.value.detail.endswith(".")
    assert "onnxruntime_src" not in caught.value.detail
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == [], "something in the file was run"


def test_what_nobody_says_is_assumed_and_told() -> None:
    summary = checked(linear())
    assert (summary["task"], summary["target"]) == ("regression", "prediction")
    assert [feature["name"] for feature in summary["features"]] == ["c0", "c1"]
    assert [word for word in ("inputs", "target", "task") if f"`{word}`" in " ".join(summary["warnings"])] == [
        "inputs", "target", "task",
    ]  # fmt: skip


def test_what_is_said_is_not_warned_of() -> None:
    summary = checked(linear(), task="regression", target="price", inputs=("rooms", "area"))
    assert summary["warnings"] == []
    assert [feature["name"] for feature in summary["features"]] == ["rooms", "area"]


def test_metadata_say_it_as_well() -> None:
    metadata = {"task": "regression", "target": "price", "inputs": json.dumps(["rooms", "area"])}
    summary = checked(linear(metadata))
    assert (summary["task"], summary["target"], summary["warnings"]) == ("regression", "price", [])
    assert [feature["name"] for feature in summary["features"]] == ["rooms", "area"]


@pytest.mark.parametrize("broken", ["{", '{"a": 1}', "[[1]]"])
def test_metadata_that_cannot_be_read_are_refused(broken: str) -> None:
    with pytest.raises(ModelFileError, match="inputs") as caught:
        checked(linear({"inputs": broken}))
    assert caught.value.reason == "MODEL_SIGNATURE"


def test_labels_come_from_the_metadata_or_are_counted() -> None:
    assert checked(softmax(["a", "b", "c"]))["classes"] == ["a", "b", "c"]
    counted = checked(softmax())
    assert counted["classes"] == ["0", "1", "2"]
    assert "`labels`" in " ".join(counted["warnings"])


@pytest.mark.parametrize(
    "said", [{"labels": ("a", "b")}, {"labels": ("a", "a", "b")}, {"inputs": ("a",)}, {"inputs": ("a", "a")},
             {"probability_output": "nothing"}, {"task": "binary"}],
)  # fmt: skip
def test_what_is_said_must_fit_the_graph(said: dict[str, Any]) -> None:
    with pytest.raises(ModelFileError) as caught:
        checked(softmax(), **said)
    assert caught.value.reason == "MODEL_SIGNATURE"


def test_background_rows_name_the_columns_and_are_the_example() -> None:
    summary = checked(linear(), {"rooms": ["3", "4"], "area": ["80", "120"]})
    assert [feature["name"] for feature in summary["features"]] == ["rooms", "area"]
    assert summary["example"] == {"rooms": "3", "area": "80"}
    assert "background" in " ".join(summary["warnings"])


def test_background_rows_must_have_the_columns() -> None:
    with pytest.raises(ModelFileError, match="area"):
        checked(linear(), {"rooms": ["3"]}, inputs=("rooms", "area"))


def test_a_graph_that_takes_one_row_at_a_time_is_served_row_by_row() -> None:
    model = graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], [floats("x", 1, 2)], [floats("y", 1, 1)],
        [constant("w", [[1], [2]])],
    )  # fmt: skip
    assert checked(model)["onnx"]["signature"]["block_rows"] == 1


def test_two_classes_may_have_one_probability() -> None:
    nodes = [helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Sigmoid", ["m"], ["p"])]
    model = graph(nodes, outputs=[floats("p", None, 1)], constants=[constant("w", [[1], [2]])])
    summary = checked(model, task="binary", labels=("no", "yes"))
    assert (summary["task"], summary["classes"], summary["positive_class"]) == ("binary", ["no", "yes"], "yes")


def test_a_label_that_is_not_the_most_probable_is_warned_of() -> None:
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Softmax", ["m"], ["p"], axis=1),
        helper.make_node("ArgMin", ["p"], ["label"], axis=1, keepdims=0),
    ]  # fmt: skip
    label = helper.make_tensor_value_info("label", TensorProto.INT64, [None])
    weights = constant("w", np.array([[1, 0, -1], [0, 1, -1]]))
    summary = checked(graph(nodes, [X], [label, floats("p", None, 3)], [weights]), labels=("0", "1", "2"))
    assert "most probable" in " ".join(summary["warnings"])


def _logarithm() -> Any:
    """`y = log(x[0] + 2 x[1])`: a number for positive cells."""
    nodes = [helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Log", ["m"], ["y"])]
    return graph(nodes, constants=[constant("w", [[1], [2]])])


def test_a_model_need_not_answer_all_that_is_made_up() -> None:
    assert "no answer" in " ".join(checked(_logarithm())["warnings"])


def test_what_it_answers_is_shown_by_background_rows() -> None:
    said = {"task": "regression", "target": "price", "inputs": ("rooms", "area")}
    assert checked(_logarithm(), {"rooms": ["3"], "area": ["80"]}, **said)["warnings"] == []
    with pytest.raises(ModelFileError) as caught:
        checked(_logarithm(), {"rooms": ["-3"], "area": ["-80"]}, **said)
    assert caught.value.reason == "MODEL_ANSWER_INVALID"
