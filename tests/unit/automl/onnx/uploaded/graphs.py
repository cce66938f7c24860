"""Small graphs that are sound, and what they are made of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

OPSETS = {"": 18, "ai.onnx.ml": 3}


def floats(name: str, *dims: int | None) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)


X, Y = floats("x", None, 2), floats("y", None, 1)


def constant(name: str, value: Any, dtype: Any = np.float32) -> Any:
    return numpy_helper.from_array(np.asarray(value, dtype=dtype), name)


def graph(
    nodes: Sequence[Any], inputs: Sequence[Any] = (X,), outputs: Sequence[Any] = (Y,), constants: Sequence[Any] = (),
    metadata: dict[str, str] | None = None, domains: Sequence[str] = (),
) -> Any:  # fmt: skip
    """The graph as a model that was not checked."""
    opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
    opsets += [helper.make_opsetid(domain, 1) for domain in domains]
    made = helper.make_graph(list(nodes), "g", list(inputs), list(outputs), list(constants))
    model = helper.make_model(made, opset_imports=opsets, ir_version=8)
    helper.set_model_props(model, metadata or {})
    return model


def linear(metadata: dict[str, str] | None = None) -> Any:
    """`y = x[0] + 2 x[1]`."""
    return graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], constants=[constant("w", [[1], [2]])], metadata=metadata
    )


def softmax(labels: Sequence[Any] | None = None, multiplier: float = 1.0) -> Any:
    """Probabilities of three classes, and by metadata their labels."""
    nodes = [helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Softmax", ["m"], ["p"], axis=1)]
    weights = constant("w", multiplier * np.array([[1, 0, -1], [0, 1, -1]]))
    metadata = {"labels": json.dumps(list(labels))} if labels else None
    return graph(nodes, outputs=[floats("p", None, 3)], constants=[weights], metadata=metadata)


def mean_of_batch() -> Any:
    """An answer that depends on the other rows of a request."""
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["m"]),
        helper.make_node("ReduceMean", ["m", "rows"], ["mean"], keepdims=1),
        helper.make_node("Sub", ["m", "mean"], ["y"]),
    ]
    return graph(nodes, constants=[constant("w", [[1], [2]]), constant("rows", [0], np.int64)])


def nothing_but_nan() -> Any:
    nodes = [helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Mul", ["m", "nan"], ["y"])]
    return graph(nodes, constants=[constant("w", [[1], [2]]), constant("nan", np.nan)])
