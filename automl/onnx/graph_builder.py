"""A graph under construction: nodes added one by one, names made up for what lies between them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

M = TypeVar("M")

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
        self._nodes: list[Any] = []  # or what makes some of them once all is known
        self._made: dict[Hashable, Any] = {}
        self._margins: dict[str, str] = {}
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

    def later(self, make: Callable[[], Sequence[Any]]) -> None:
        """Have nodes of the library made, at this place in the graph, when it is finished."""
        self._nodes.append(make)

    def once(self, key: Hashable, make: Callable[[], M]) -> M:
        """Return what was made under the key, and make it the first time."""
        if key not in self._made:
            self._made[key] = make()
        found: M = self._made[key]
        return found

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
        both = self.columns([self.node("Sub", self.constant(1.0), second), second])
        self._margins[both] = margins
        return both

    def margin_of(self, probabilities: str) -> str | None:
        """Return the log-odds (n, 1) that the probabilities of two classes were made of; None where of none."""
        return self._margins.get(probabilities)

    def model(self, metadata: dict[str, str]) -> Any:
        """Return the finished `onnx.ModelProto`, checked."""
        nodes = [node for each in self._nodes for node in (each() if callable(each) else (each,))]
        kept, constants = _used(nodes, self._constants, {each.name for each in self._outputs})
        graph = helper.make_graph(kept, "nobrains", self._inputs, self._outputs, constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="No Brains ML", ir_version=IR_VERSION)
        helper.set_model_props(model, metadata)
        onnx.checker.check_model(model)
        return model


def _used(nodes: Sequence[Any], constants: Sequence[Any], outputs: set[str]) -> tuple[list[Any], list[Any]]:
    """Return the nodes and constants that some output depends on."""
    needed, kept = set(outputs), []
    for node in reversed(nodes):
        if not needed.isdisjoint(node.output):
            needed.update(node.input)
            kept.append(node)
    return kept[::-1], [each for each in constants if each.name in needed]
