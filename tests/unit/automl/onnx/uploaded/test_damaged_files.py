"""Files with bytes changed anywhere are read, or refused with a reason: before any library computes with them."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from automl.errors import ModelFileError
from automl.onnx.uploaded.check import parse
from automl.onnx.uploaded.labels import known_labels
from automl.onnx.uploaded.options import UploadOptions, with_metadata
from automl.onnx.uploaded.outputs import choose_outputs
from automl.onnx.uploaded.signature import read_inputs
from automl.onnx.uploaded.structure import check_structure, known_texts
from tests.unit.automl.onnx.uploaded.graphs import linear, softmax
from tests.unit.automl.onnx.uploaded.make_golden import GOLDEN

NAMES = ("sklearn_mixed", "sklearn_neighbours", "lightgbm_binary", "xgboost_regression")
FILES = [
    *((GOLDEN / f"{name}.onnx").read_bytes() for name in NAMES),
    linear({"inputs": '["a", "b"]', "labels": "[1]", "task": "regression"}).SerializeToString(),
    softmax(["a", "b", "c"]).SerializeToString(),
]
CHANGES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=4)), max_size=6)


@given(st.sampled_from(FILES), CHANGES, st.floats(0, 1))
def test_whatever_is_changed_in_a_file_it_is_read_or_refused(
    file: bytes, changes: list[tuple[float, bytes]], kept: float
) -> None:
    content = bytearray(file)
    for place, new in changes:
        start = int(place * len(content))
        content[start : start + len(new)] = new
    if kept < 0.3:
        del content[int(kept / 0.3 * len(content)) :]
    with suppress(ModelFileError):
        model = parse(bytes(content))
        check_structure(model)
        read_inputs(model.graph, with_metadata(UploadOptions(), model), ["a", "b"])
        known_labels(model.graph, choose_outputs(model.graph, UploadOptions()).name)
        known_texts(model.graph)
