"""What may stand in a file: standard operators on data that it holds itself, in bounds, without loops.

Read off the parsed file alone, before any library computes with it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import onnx
from onnx import AttributeProto, TensorProto

from automl.errors import ModelFileError
from automl.onnx.uploaded.tensor_shapes import check_shapes_do_not_depend_on_cells

MAX_NODES = 20_000
MAX_TENSORS = 50_000
MAX_NAME_CHARACTERS = 1_000
MAX_DEPTH = 2
"""Maximum graphs inside of each other, the outermost not counted."""
DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
# Loops that nothing bounds, and answers that chance decides.
REFUSED = {
    **dict.fromkeys(("Loop", "SequenceMap"), "it may go on for ever"),
    **dict.fromkeys(
        ("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial"),
        "the same row would be predicted otherwise each time",
    ),
    "ImageDecoder": "it is not for rows of a table",
}
_BITS = {
    TensorProto.FLOAT: ("float_data", 32), TensorProto.DOUBLE: ("double_data", 64),
    TensorProto.FLOAT16: ("int32_data", 16), TensorProto.BFLOAT16: ("int32_data", 16),
    TensorProto.INT8: ("int32_data", 8), TensorProto.INT16: ("int32_data", 16), TensorProto.INT32: ("int32_data", 32),
    TensorProto.INT64: ("int64_data", 64), TensorProto.UINT8: ("int32_data", 8), TensorProto.UINT16: ("int32_data", 16),
    TensorProto.UINT32: ("uint64_data", 32), TensorProto.UINT64: ("uint64_data", 64),
    TensorProto.BOOL: ("int32_data", 8), TensorProto.STRING: ("string_data", 0),
}  # fmt: skip
"""Types of tensors: the field of their values, and bits of one value in `raw_data`."""


def check_structure(model: Any) -> None:
    """Return if the file holds nothing that must not be computed.

    Raises:
        ModelFileError: `MODEL_NOT_ALLOWED`, `MODEL_TOO_LARGE`, `MODEL_INVALID`.
    """
    if not model.HasField("graph") or not model.graph.node:
        raise ModelFileError("MODEL_INVALID", "The file holds no graph.", "Export the model again, and send all of it.")
    if model.functions:
        raise not_allowed(f"functions of its own ({model.functions[0].name[:60]!r})", "Export it without functions.")
    if model.training_info:
        raise not_allowed("instructions for training", "Export it for inference.")
    _check_versions(model)
    _check_texts(model)
    nodes, tensors = 0, 0
    for graph, depth in _graphs(model.graph):
        if depth > MAX_DEPTH:
            raise ModelFileError("MODEL_TOO_LARGE", f"Its graphs are nested deeper than {MAX_DEPTH}.", "Flatten it.")
        if graph.sparse_initializer:
            raise not_allowed("sparse initializers", "Export them as dense tensors.")
        nodes += len(graph.node)
        if nodes > MAX_NODES:
            raise ModelFileError("MODEL_TOO_LARGE", f"It has more than {MAX_NODES:,} nodes.", "Simplify the model.")
        for tensor in _tensors(graph):
            tensors += 1
            if tensors > MAX_TENSORS:
                raise ModelFileError("MODEL_TOO_LARGE", f"It has more than {MAX_TENSORS:,} tensors.", "Simplify it.")
            _check_tensor(tensor)
        for node in graph.node:
            _check_operator(node)
    check_shapes_do_not_depend_on_cells(model.graph)


def not_allowed(what: str, hint: str) -> ModelFileError:
    """Make the error of a file with something in it that is never computed."""
    return ModelFileError("MODEL_NOT_ALLOWED", f"The file has {what}, which is not allowed.", hint)


def _check_versions(model: Any) -> None:
    latest = onnx.defs.onnx_opset_version()
    for opset in model.opset_import:
        if opset.domain in ("", "ai.onnx") and opset.version > latest:
            raise ModelFileError(
                "MODEL_INVALID", f"It has opset {opset.version}; up to {latest} are known here.",
                f"Export it with an opset of at most {latest}.",
            )  # fmt: skip
    if not 3 <= model.ir_version <= onnx.IR_VERSION:
        raise ModelFileError(
            "MODEL_INVALID", f"It has IR version {model.ir_version}; 3 to {onnx.IR_VERSION} are known here.",
            "Export it with a present version of onnx.",
        )  # fmt: skip


def _check_texts(model: Any) -> None:
    """Check the texts that are shown: protobuf gives those that are no UTF-8 as bytes."""
    names = [value.name for value in (*model.graph.input, *model.graph.output)]
    words = [text for entry in model.metadata_props for text in (entry.key, entry.value)]
    if not all(isinstance(text, str) for text in (model.producer_name, model.producer_version, *names, *words)):
        raise ModelFileError(
            "MODEL_INVALID", "A name or a text in it is no UTF-8.", "The file is damaged: export it again."
        )
    if any(len(name) > MAX_NAME_CHARACTERS for name in names):
        raise ModelFileError("MODEL_TOO_LARGE", "An input or output has a very long name.", "Give it a shorter one.")


def _check_operator(node: Any) -> None:
    name = f"{node.domain}.{node.op_type}" if node.domain else str(node.op_type)
    if node.domain not in DOMAINS:
        raise not_allowed(
            f"the operator {name[:80]!r} of the domain {node.domain[:60]!r}",
            "Only operators of ai.onnx and ai.onnx.ml are run: export it without custom operators.",
        )
    if why := REFUSED.get(node.op_type):
        raise not_allowed(f"the operator {name!r} ({why})", "Export it without that operator.")


def _graphs(graph: Any, depth: int = 0) -> Iterator[tuple[Any, int]]:
    """Yield the graph and those inside it, to one beyond the depth that is allowed."""
    yield graph, depth
    if depth <= MAX_DEPTH:
        for node in graph.node:
            for attribute in node.attribute:
                for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                    yield from _graphs(inner, depth + 1)


def _tensors(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type in (AttributeProto.SPARSE_TENSOR, AttributeProto.SPARSE_TENSORS) or (
                attribute.HasField("sparse_tensor") or attribute.sparse_tensors
            ):
                raise not_allowed("sparse tensors", "Export them as dense tensors.")
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def _check_tensor(tensor: Any) -> None:
    """Check that the tensor stands in the file, whole."""
    name = tensor.name[:60]
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise not_allowed(
            f"the tensor {name!r} in another file", "Save it as one file: onnx.save(model, path) without external data."
        )
    if tensor.data_type not in _BITS:
        raise not_allowed(f"the tensor {name!r} of an unusual type", "Export it with floats, integers or text.")
    if tensor.HasField("segment") or any(dim < 0 for dim in tensor.dims):
        raise ModelFileError("MODEL_INVALID", f"The tensor {name!r} has an impossible shape.", "Export it again.")
    field, bits = _BITS[tensor.data_type]
    expected = math.prod(tensor.dims)
    found = len(tensor.raw_data) * 8 // bits if tensor.raw_data and bits else len(getattr(tensor, field))
    if found != expected:
        raise ModelFileError(
            "MODEL_INVALID", f"The tensor {name!r} claims {expected:,} values and holds {found:,}.",
            "The file is damaged: export it again.",
        )  # fmt: skip


def known_texts(graph: Any) -> list[list[str]]:
    """Return the lists of words that the graph knows, such as those of an encoder: a value of a column each."""
    found: list[list[str]] = []
    for inner, _ in _graphs(graph):
        for node in inner.node:
            lists = {attribute.name: attribute.strings for attribute in node.attribute if attribute.strings}
            for name in ("cats_strings", "keys_strings"):
                if name in lists:
                    found.append(_decoded(lists[name]))
            for attribute in node.attribute:
                if attribute.name == "keys_tensor" and attribute.t.string_data:
                    found.append(_decoded(attribute.t.string_data))
    return found


def _decoded(texts: Iterable[bytes]) -> list[str]:
    return [text.decode("utf-8", "replace") for text in texts]
