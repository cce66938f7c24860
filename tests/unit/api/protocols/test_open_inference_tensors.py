"""Tensors, there and back; and tensors that are not what they say."""

from __future__ import annotations

import contextlib
import math
import struct
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.protocols.open_inference_tensors import (
    BYTES,
    DATATYPES,
    NUMPY_TYPES,
    OutputTensor,
    decode_tensors,
    encode_tensors,
)
from core.strict_json import Malformed

NO_DATA = memoryview(b"")
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def entry(**changes: Any) -> dict[str, Any]:
    return {"name": "age", "datatype": "FP64", "shape": [2], "data": [1.5, 2.0], **changes}


def binary_entry(data: bytes, **changes: Any) -> tuple[list[dict[str, Any]], memoryview]:
    """An entry whose binary data this is."""
    made = entry(parameters={"binary_data_size": len(data)}, **changes)
    del made["data"]
    return [made], memoryview(data)


def refused(entries: Any, binary: memoryview = NO_DATA) -> str:
    """The field that an error names."""
    with pytest.raises(Malformed) as caught:
        decode_tensors(entries, binary)
    assert caught.value.reason == "BAD_TENSOR"
    assert len(caught.value.detail) < 500
    return str(caught.value.errors[0]["field"])


@given(st.lists(st.tuples(st.lists(texts, min_size=1), st.booleans()), min_size=1, max_size=4))
def test_texts_come_back(columns: list[tuple[list[str], bool]]) -> None:
    tensors = [
        (OutputTensor(f"c{i}", (len(values),), values, {}), is_binary) for i, (values, is_binary) in enumerate(columns)
    ]
    entries, pieces = encode_tensors(tensors)
    back = decode_tensors(entries, memoryview(b"".join(pieces)))
    assert [tensor.cells for tensor in back] == [[value or None for value in values] for values, _ in columns]
    assert [tensor.name for tensor in back] == [f"c{i}" for i in range(len(columns))]


@given(st.integers(1, 5), st.integers(1, 5), st.data(), st.booleans())
def test_numbers_come_back(n: int, k: int, data: st.DataObject, is_binary: bool) -> None:
    values = np.array(data.draw(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=n * k,
                                         max_size=n * k))).reshape(n, k)  # fmt: skip
    entries, pieces = encode_tensors([(OutputTensor("p", (n, k), values, {"labels": ["a"]}), is_binary)])
    (back,) = decode_tensors(entries, memoryview(b"".join(pieces)))
    assert back.shape == (n, k)
    assert back.cells == values.ravel().tolist()
    assert ("data" in entries[0]) is not is_binary


@given(st.sampled_from(sorted(NUMPY_TYPES)), st.data())
def test_every_type_of_numbers_is_read_little_endian(datatype: str, data: st.DataObject) -> None:
    dtype = np.dtype(NUMPY_TYPES[datatype])
    elements: st.SearchStrategy[Any] = st.booleans()
    if dtype.kind in "iu":
        elements = st.integers(np.iinfo(dtype).min, np.iinfo(dtype).max)
    elif dtype.kind == "f":
        elements = st.floats(width=8 * dtype.itemsize, allow_nan=False)  # type: ignore[arg-type]
    values = data.draw(st.lists(elements, min_size=1))
    raw = np.array(values, dtype).tobytes()
    (tensor,) = decode_tensors(*binary_entry(raw, datatype=datatype, shape=[len(values), 1]))
    assert tensor.cells == values
    assert {type(cell) for cell in tensor.cells} <= {bool, int, float}


def test_bf16_is_the_upper_half_of_a_float() -> None:
    raw = np.array([1.5, -2.0, 0.0], "<f4").view("<u2")[1::2].tobytes()
    (tensor,) = decode_tensors(*binary_entry(raw, datatype="BF16", shape=[3]))
    assert tensor.cells == [1.5, -2.0, 0.0]


def test_what_is_missing_is_none() -> None:
    (floats,) = decode_tensors(*binary_entry(np.array([1.0, np.nan], "<f4").tobytes(), datatype="FP32"))
    assert floats.cells == [1.0, None]
    (words,) = decode_tensors(*binary_entry(struct.pack("<II", 0, 1) + b"x", datatype=BYTES))
    assert words.cells == [None, "x"]
    for datatype, value in {"INT8": 1, "FP64": 0.5, "BOOL": True, BYTES: "x"}.items():
        (tensor,) = decode_tensors([entry(datatype=datatype, data=[None, value])], NO_DATA)
        assert tensor.cells == [None, value]


def test_json_may_be_nested_as_the_shape_says() -> None:
    (tensor,) = decode_tensors([entry(shape=[2, 2], data=[[1, 2], [3, 4]])], NO_DATA)
    assert tensor.cells == [1, 2, 3, 4]
    assert refused([entry(shape=[2, 2], data=[[1, 2, 3], [4]])]) == "inputs.0.data"
    assert refused([entry(shape=[4], data=[[1, 2], [3, 4]])]) == "inputs.0.data"
    assert refused([entry(shape=[1, 1], data=[[[1]]])]) == "inputs.0.data.0"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"shape": [3]}, "inputs.0.data"),
        ({"shape": [-2]}, "inputs.0.shape"),
        ({"shape": [2.0]}, "inputs.0.shape"),
        ({"shape": [True, 2]}, "inputs.0.shape"),
        ({"shape": [10**18]}, "inputs.0.shape"),
        ({"shape": [2**31 - 1] * 8}, "inputs.0.data"),
        ({"shape": [1] * 9}, "inputs.0.shape"),
        ({"shape": []}, "inputs.0.shape"),
        ({"shape": "2"}, "inputs.0.shape"),
        ({"datatype": "STRING"}, "inputs.0.datatype"),
        ({"datatype": []}, "inputs.0.datatype"),
        ({"name": ""}, "inputs.0.name"),
        ({"name": None}, "inputs.0.name"),
        ({"data": "12"}, "inputs.0.data"),
        ({"data": None}, "inputs.0.data"),
        ({"data": [1, "2"]}, "inputs.0.data.1"),
        ({"data": [1, True]}, "inputs.0.data.1"),
        ({"data": [1, 10**400]}, "inputs.0.data.1"),
        ({"data": [1, {}]}, "inputs.0.data.1"),
        ({"datatype": "UINT8", "data": [1, 256]}, "inputs.0.data.1"),
        ({"datatype": "INT64", "data": [1, 1.5]}, "inputs.0.data.1"),
        ({"datatype": "BOOL", "data": [1, 2]}, "inputs.0.data.1"),
        ({"datatype": BYTES, "data": ["a", 1]}, "inputs.0.data.1"),
        ({"parameters": []}, "inputs.0.parameters"),
        ({"parameters": {"shared_memory_region": "r"}}, "inputs.0.parameters"),
        ({"parameters": {"content_type": "base64"}, "datatype": BYTES}, "inputs.0.parameters.content_type"),
        ({"parameters": {"binary_data_size": 16}}, "inputs.0.parameters.binary_data_size"),
    ],
)
def test_json_that_is_not_what_it_says(changes: dict[str, Any], field: str) -> None:
    assert refused([entry(**changes)]) == field


@pytest.mark.parametrize("entries", [None, [], {}, "x", [1], [[]]])
def test_inputs_that_are_no_tensors(entries: Any) -> None:
    assert refused(entries).startswith("inputs")


def test_a_name_stands_for_one_tensor() -> None:
    assert refused([entry(), entry()]) == "inputs.1.name"


@pytest.mark.parametrize("size", [-1, 17, 2**70, 1.0, True, "16"])
def test_binary_sizes_that_cannot_be(size: Any) -> None:
    (made,), _ = binary_entry(b"")
    made["parameters"]["binary_data_size"] = size
    assert refused([made], memoryview(bytes(16))) == "inputs.0.parameters.binary_data_size"


@given(st.sampled_from(sorted(DATATYPES)), st.binary(max_size=64), st.lists(st.integers(0, 2**31), max_size=3))
def test_bytes_that_do_not_fit_are_refused_or_are_as_many_cells(datatype: str, data: bytes, shape: list[int]) -> None:
    entries, binary = binary_entry(data, datatype=datatype, shape=shape)
    with contextlib.suppress(Malformed):
        (tensor,) = decode_tensors(entries, binary)
        assert len(tensor.cells) == math.prod(shape)


def test_binary_data_belongs_to_somebody() -> None:
    entries, _ = binary_entry(bytes(16))
    assert refused(entries, memoryview(bytes(17))) == "inputs"
    assert refused([entry()], memoryview(b"x")) == "inputs"


@pytest.mark.parametrize(
    "data",
    [b"\1", b"\1\0\0\0", b"\xff\xff\xff\xff", b"\1\0\0\0a", b"\1\0\0\0a" * 3, b"\1\0\0\0\xff" * 2, b""],
)
def test_texts_that_are_cut_short(data: bytes) -> None:
    assert refused(*binary_entry(data, datatype=BYTES)) == "inputs.0.parameters.binary_data_size"


def test_what_a_tensor_says_of_its_size_takes_no_memory() -> None:
    tracemalloc.start()
    for shape in ([2**31 - 1], [2**31 - 1] * 8, [10_000, 10_000]):
        for datatype in DATATYPES:
            refused(*binary_entry(bytes(16), datatype=datatype, shape=shape))
        refused([entry(shape=shape)])
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 1 << 20
