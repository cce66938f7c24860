"""A graph under construction: nodes added one by one, names made up for what lies between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

OPSET = 20
ML_OPSET = 3
"""Version of ai.onnx.ml: old enough for every runtime in use, young enough for NaN in trees."""
IR_VERSION = 9

_TYPES = {
    "float": onnx.TensorProto.FLOAT,
    "double": onnx.TensorProto.DOUBLE,
    "string": onnx.TensorProto.STRING,
    "int64": onnx.TensorProto.INT64,
    "bool": onnx.TensorProto.BOOL,
}


class UnsupportedInOnnx(Exception):
    """Names, as a noun, what no graph can do, or none that is worth having."""


class Graph:
    """Values are known by their names, which are text; names of our own begin with a slash.

    Attributes:
        n_tree_nodes: nodes of decision trees so far.
    """

    def __init__(self) -> None:
        self.n_tree_nodes = 0
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []

    def input(self, name: str, type_: str, width: int = 1) -> str:
        """Declare a tensor (n, width) that the caller gives: float, double or string."""
        self._inputs.append(helper.make_tensor_value_info(name, _TYPES[type_], [None, width]))
        return name

    def output(self, name: str, value: str, type_: str, *widths: int) -> None:
        """Declare a value of shape (n, *widths) as an output of that name."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, _TYPES[type_], [None, *widths]))

    def constant(self, value: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        """Add an array; of text where the dtype is object."""
        name = f"/c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def node(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add an operator and return its first output."""
        return self.nodes(op, *inputs, n_outputs=1, domain=domain, **attributes)[0]

    def nodes(self, op: str, *inputs: str, n_outputs: int, domain: str = "", **attributes: Any) -> list[str]:
        """Add an operator and return all its outputs."""
        place = len(self._nodes)
        names = [f"/n{place}.{i}" for i in range(n_outputs)]
        self._nodes.append(helper.make_node(op, list(inputs), names, domain=domain, **attributes))
        return names

    def ml_node(self, op: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator of ai.onnx.ml and return its output."""
        return self.node(op, *inputs, domain="ai.onnx.ml", **attributes)

    def cast(self, value: str, type_: str) -> str:
        """Cast the value to another type."""
        return self.node("Cast", value, to=_TYPES[type_])

    def columns(self, values: list[str]) -> str:
        """Join values (n, …) side by side; there must be one."""
        return values[0] if len(values) == 1 else self.node("Concat", *values, axis=1)

    def take_columns(self, value: str, columns: npt.ArrayLike) -> str:
        """Take some columns (n, m) of a matrix."""
        return self.node("Gather", value, self.constant(columns, np.int64), axis=1)

    def rows_of(self, value: str, row: npt.ArrayLike) -> str:
        """Repeat a float row (k,) for each row of the value: (n, k)."""
        row = np.asarray(row, dtype=np.float32)
        count = self.node("Gather", self.node("Shape", value), self.constant([0], np.int64))
        shape = self.node("Concat", count, self.constant([len(row)], np.int64), axis=0)
        return self.node("Expand", self.constant(row[None]), shape)

    def probabilities(self, margins: str, n_outputs: int) -> str:
        """Add the link of a classifier and return (n, k) probabilities.

        Args:
            margins: (n, n_outputs); a single one is the log-odds of the second of two classes.
            n_outputs: columns of the margins.
        """
        if n_outputs > 1:
            return self.node("Softmax", margins, axis=1)
        second = self.node("Sigmoid", margins)
        return self.columns([self.node("Sub", self.constant(1.0), second), second])

    def model(self, metadata: dict[str, str]) -> Any:
        """Return the finished `onnx.ModelProto`, checked."""
        graph = helper.make_graph(self._nodes, "nobrains", self._inputs, self._outputs, self._constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="No Brains ML", ir_version=IR_VERSION)
        helper.set_model_props(model, metadata)
        onnx.checker.check_model(model)
        return model
