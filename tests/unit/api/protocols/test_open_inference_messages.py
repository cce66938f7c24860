"""Requests and answers of the Open Inference Protocol."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.protocols.open_inference_messages import (
    InferRequest,
    choose_outputs,
    columns_of_tensors,
    describe_model,
    parse_infer_request,
    render_answer,
)
from api.protocols.open_inference_tensors import OutputTensor, Tensor, decode_tensors
from core.strict_json import Malformed

FEATURES = [
    {"name": "size", "type": "number", "required": True},
    {"name": "weight", "type": "number", "required": False},
]
AGE = {"name": "age", "datatype": "FP64", "shape": [1], "data": [1]}


def request(**members: Any) -> InferRequest:
    return parse_infer_request(json.dumps({"inputs": [AGE], **members}).encode(), None)


def refused(body: bytes, header_length: str | None = None) -> Malformed:
    with pytest.raises(Malformed) as caught:
        parse_infer_request(body, header_length)
    return caught.value


def test_what_a_request_says() -> None:
    asked = request(
        id="42",
        parameters={"key": "ada", "binary_data_output": True, "strict": True, "priority": 3, "content_type": "pd"},
        outputs=[{"name": "label", "parameters": {"binary_data": False}}, {"name": "probabilities"}],
    )
    assert (asked.id, asked.key, asked.binary, asked.strict) == ("42", "ada", True, True)
    assert asked.wanted == {"label": False, "probabilities": None}


def test_members_that_are_null_or_unknown_say_nothing() -> None:
    asked = request(id=None, parameters=None, outputs=None, model_name="income")
    assert (asked.id, asked.key, asked.binary, asked.wanted) == (None, None, False, {})
    assert request(id="").id is None


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"id": 7}, "id"),
        ({"id": "x" * 201}, "id"),
        ({"parameters": []}, "parameters"),
        ({"parameters": {"key": 7}}, "parameters.key"),
        ({"parameters": {"binary_data_output": "true"}}, "parameters.binary_data_output"),
        ({"outputs": {}}, "outputs"),
        ({"outputs": ["label"]}, "outputs.0"),
        ({"outputs": [{"name": "label", "parameters": {"classification": 3}}]}, "outputs.0.parameters.classification"),
        ({"outputs": [{"name": "label", "parameters": {"binary_data": 1}}]}, "outputs.0.parameters.binary_data"),
        ({"inputs": None}, "inputs"),
    ],
)
def test_members_that_are_wrong(members: dict[str, Any], field: str) -> None:
    error = refused(json.dumps({"inputs": [AGE], **members}).encode())
    assert (error.reason, error.errors[0]["field"]) == ("BAD_TENSOR", field)


def test_nan_is_missing() -> None:
    body = b' \n{"inputs": [{"name": "age", "datatype": "FP32", "shape": [2], "data": [NaN, 1.5]}]}'
    assert parse_infer_request(body, None).tensors[0].cells == [None, 1.5]
    assert refused(body.replace(b"NaN", b"Infinity")).reason == "MALFORMED_JSON"


@pytest.mark.parametrize("length", ["0", "-1", "+1", "1e1", "x", "", "9" * 13, "99", "1 ", "١"])
def test_lengths_of_the_json_that_cannot_be(length: str) -> None:
    assert refused(b'{"inputs": []}', length).reason == "BAD_TENSOR"


@pytest.mark.parametrize(
    "body", [b"", b"\0", b"[1]", b"PAR1", b"{", b'{"inputs": ' + b"[" * 200_000, b'{"a": 1, "a": 2}', b'"{}"']
)
def test_bodies_that_are_no_object(body: bytes) -> None:
    assert refused(body).reason in {"MALFORMED_JSON", "JSON_TOO_DEEP", "DUPLICATE_KEY"}
    if body:
        assert refused(body, str(len(body))).reason in {
            "MALFORMED_JSON",
            "JSON_TOO_DEEP",
            "DUPLICATE_KEY",
            "BAD_TENSOR",
        }


@given(st.binary(max_size=200), st.one_of(st.none(), st.integers(-1, 300).map(str)))
def test_whatever_bytes_are_read_or_refused(body: bytes, header_length: str | None) -> None:
    with pytest.raises(Malformed):
        parse_infer_request(body, header_length)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["name", "datatype", "shape", "data", "parameters"]), json_values))
def test_whatever_an_input_is_it_is_read_or_refused(changes: dict[str, Any]) -> None:
    try:
        asked = request(inputs=[{**AGE, **changes}])
    except Malformed as error:
        assert error.detail  # noqa: PT017 (either is fine, but no other error)
    else:
        assert len(asked.tensors) == 1


def tensor(name: str, *shape: int) -> Tensor:
    return Tensor(name, shape, list(range(int(np.prod(shape)))))


@pytest.mark.parametrize("shape", [(3,), (3, 1), (1, 3), (1, 3, 1)])
def test_a_tensor_is_a_column_whichever_way_it_lies(shape: tuple[int, ...]) -> None:
    columns, n = columns_of_tensors([tensor("size", *shape), tensor("weight", 3)], FEATURES)
    assert (columns, n) == ({"size": [0, 1, 2], "weight": [0, 1, 2]}, 3)


def test_a_table_of_numbers_is_all_columns_in_order() -> None:
    columns, n = columns_of_tensors([tensor("x", 3, 2)], FEATURES)
    assert (columns, n) == ({"size": [0, 2, 4], "weight": [1, 3, 5]}, 3)


@pytest.mark.parametrize(
    ("tensors", "says"),
    [
        ([tensor("x", 2, 3)], "2 columns"),
        ([tensor("size", 2, 2)], "a column has"),
        ([tensor("size", 2), tensor("weight", 3)], "3 rows"),
    ],
)
def test_tensors_that_make_no_table(tensors: list[Tensor], says: str) -> None:
    with pytest.raises(Malformed, match=says):
        columns_of_tensors(tensors, FEATURES)


def test_a_table_of_numbers_needs_a_model_of_numbers() -> None:
    words = [*FEATURES, {"name": "colour", "type": "category", "required": True}]
    with pytest.raises(Malformed, match="'colour' is no number"):
        columns_of_tensors([tensor("x", 2, 3)], words)


OFFERED = [
    OutputTensor("label", (2,), ["no", "yes"], {}),
    OutputTensor("probabilities", (2, 2), np.array([[0.75, 0.25], [0.5, 0.5]]), {"labels": ["no", "yes"]}),
    OutputTensor("prediction_id", (2,), ["p1", "p2"], {}),
]


def test_all_outputs_but_ids_unless_some_are_asked_for() -> None:
    def chosen(**members: Any) -> list[tuple[str, bool]]:
        return [(tensor.name, is_binary) for tensor, is_binary in choose_outputs(OFFERED, request(**members))]

    assert chosen() == [("label", False), ("probabilities", False)]
    assert chosen(parameters={"binary_data_output": True}) == [("label", True), ("probabilities", True)]
    assert chosen(outputs=[{"name": "prediction_id"}]) == [("prediction_id", False)]
    mixed = [{"name": "label"}, {"name": "probabilities", "parameters": {"binary_data": False}}]
    assert chosen(outputs=mixed, parameters={"binary_data_output": True}) == [("label", True), ("probabilities", False)]
    with pytest.raises(Malformed, match="there are label, probabilities, prediction_id"):
        chosen(outputs=[{"name": "labels"}])


def test_an_answer_can_be_read_as_a_request_is() -> None:
    outputs = [(OFFERED[0], True), (OFFERED[1], False), (OFFERED[2], True)]
    body, length = render_answer({"id": "1"}, outputs)
    assert length is not None
    document = json.loads(body[:length])
    assert document["id"] == "1"
    assert [each["datatype"] for each in document["outputs"]] == ["BYTES", "FP64", "BYTES"]
    assert document["outputs"][1]["data"] == [0.75, 0.25, 0.5, 0.5]
    back = decode_tensors(document["outputs"], memoryview(body)[length:])
    assert [tensor.cells for tensor in back] == [["no", "yes"], [0.75, 0.25, 0.5, 0.5], ["p1", "p2"]]
    whole, none = render_answer({"id": "1"}, [(OFFERED[1], False)])
    assert none is None
    assert json.loads(whole)["outputs"][0]["shape"] == [2, 2]


def test_a_model_tells_its_inputs_and_outputs() -> None:
    classes = describe_model("income", [1, 3], {"features": FEATURES, "classes": ["no", 1]})
    assert (classes["name"], classes["versions"], classes["platform"]) == ("income", ["1", "3"], "nobrains")
    assert [(each["name"], each["shape"]) for each in classes["outputs"]] == [
        ("label", [-1]),
        ("probabilities", [-1, 2]),
    ]
    assert classes["outputs"][1]["parameters"]["labels"] == ["no", "1"]
    words = [{"name": "colour", "type": "category", "required": True}, FEATURES[0]]
    numbers = describe_model("price", [1], {"features": words, "classes": []})
    assert [(each["name"], each["datatype"], each["parameters"]["content_type"]) for each in numbers["inputs"]] == [
        ("colour", "BYTES", "str"), ("size", "FP64", "np"),
    ]  # fmt: skip
    assert [each["name"] for each in numbers["outputs"]] == ["prediction"]
