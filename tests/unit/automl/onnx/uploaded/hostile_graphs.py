"""Hostile and broken files: what each is, how to make it, and why it is refused."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from tests.unit.automl.onnx.uploaded.graphs import constant, floats, graph, linear, mean_of_batch, nothing_but_nan


def _body(condition: str) -> Any:
    """A loop's body that goes on as long as the condition is true."""
    kept = [helper.make_node("Identity", [condition], ["go"]), helper.make_node("Identity", ["old"], ["new"])]
    inputs = [
        helper.make_tensor_value_info("i", TensorProto.INT64, []),
        helper.make_tensor_value_info("was", TensorProto.BOOL, []),
        floats("old", None, 1),
    ]
    outputs = [helper.make_tensor_value_info("go", TensorProto.BOOL, []), floats("new", None, 1)]
    return helper.make_graph(kept, "body", inputs, outputs)


def infinite_loop() -> Any:
    first = helper.make_node("ReduceSum", ["x", "axis"], ["start"])
    loop = helper.make_node("Loop", ["", "true", "start"], ["y"], body=_body("was"))
    return graph([first, loop], constants=[constant("axis", [1], np.int64), constant("true", True, np.bool_)])


def external(location: str) -> Any:
    model = linear()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    return model


def huge_claim() -> Any:
    model = linear()
    model.graph.initializer[0].dims[:] = [1 << 40, 1 << 20]
    return model


def recursive_function() -> Any:
    """A function that calls itself."""
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    inner = [helper.make_node("again", ["a"], ["b"], domain="own")]
    model = graph([helper.make_node("again", ["x"], ["y"], domain="own")], domains=["own"])
    model.functions.append(helper.make_function("own", "again", ["a"], ["b"], inner, opsets))
    return model


def enormous_constant() -> Any:
    """A constant shape of a terabyte."""
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["big"]),
        helper.make_node("ReduceSum", ["big", ""], ["sum"]),
        helper.make_node("ReduceSum", ["x", "axis"], ["row"]),
        helper.make_node("Add", ["row", "sum"], ["y"]),
    ]
    return graph(nodes, constants=[constant("shape", [1 << 19, 1 << 19], np.int64), constant("axis", [1], np.int64)])


def shape_from_cells() -> Any:
    """A row's cells say how much memory is taken."""
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
        helper.make_node("Cast", ["most"], ["whole"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["whole", "one"], ["shape"]),
        helper.make_node("ConstantOfShape", ["shape"], ["big"]),
        helper.make_node("ReduceSum", ["big"], ["sum"], keepdims=0),
        helper.make_node("ReduceSum", ["x", "one"], ["row"]),
        helper.make_node("Add", ["row", "sum"], ["y"]),
    ]
    return graph(nodes, constants=[constant("one", [1], np.int64)])


def many_nodes(count: int) -> bytes:
    """A chain of nodes: the bytes of one of them, many times over."""
    model = graph([helper.make_node("Identity", ["x"], ["y"])])
    node = model.graph.node[0].SerializeToString()
    part = b"\x0a" + _varint(len(node)) + node
    inner = part * count + model.graph.SerializeToString()
    model.ClearField("graph")
    return bytes(model.SerializeToString() + b"\x3a" + _varint(len(inner)) + inner)


def nested_messages(depth: int) -> bytes:
    """A graph in an attribute of a node in a graph, and so on."""
    inner = b""
    for _ in range(depth):
        attribute = b"\x32" + _varint(len(inner)) + inner  # AttributeProto.g
        node = b"\x2a" + _varint(len(attribute)) + attribute
        inner = b"\x0a" + _varint(len(node)) + node
    return b"\x08\x08" + b"\x3a" + _varint(len(inner)) + inner


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def name_collision() -> Any:
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"]), helper.make_node("Identity", ["y"], ["y"])]
    return graph(nodes, constants=[constant("w", [[1], [2]])])


def bad_tree(true_child: int) -> Any:
    """A tree with a node that leads back to itself, or out of the tree."""
    tree = helper.make_node(
        "TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", n_targets=1,
        nodes_treeids=[0, 0, 0], nodes_nodeids=[0, 1, 2], nodes_featureids=[0, 0, 0],
        nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"], nodes_values=[0.5, 0.0, 0.0],
        nodes_truenodeids=[true_child, 0, 0], nodes_falsenodeids=[2, 0, 0],
        target_treeids=[0, 0], target_nodeids=[1, 2], target_ids=[0, 0], target_weights=[1.0, 2.0],
    )  # fmt: skip
    return graph([tree])


def zipped() -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("model.onnx", linear().SerializeToString())
    return held.getvalue()


class Malice:
    """What a pickle runs when it is opened."""

    def __reduce__(self) -> tuple[Callable[[str], Any], tuple[str]]:
        import os

        return os.system, ("touch pickle-was-opened",)


def _bytes(model: Any) -> bytes:
    return bytes(model.SerializeToString())


def _sparse() -> Any:
    model = linear()
    sparse = model.graph.sparse_initializer.add()
    sparse.values.CopyFrom(constant("s", [1.0]))
    sparse.indices.CopyFrom(constant("", [0], np.int64))
    sparse.dims[:] = [1 << 40]
    return model


def _future(field: str) -> Any:
    model = linear()
    if field == "ir":
        model.ir_version = 99
    else:
        model.opset_import[0].version = 99
    return model


def _with(nodes: Sequence[Any], **parts: Any) -> Callable[[], bytes]:
    return lambda: _bytes(graph(nodes, **parts))


_SUM = helper.make_node("ReduceSum", ["x"], ["y"], keepdims=0)
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "an empty file": (lambda: b"", "NOT_ONNX"),
    "random bytes": (lambda: np.random.default_rng(0).bytes(5000), "NOT_ONNX"),
    "a truncated file": (lambda: _bytes(linear())[:-20], "NOT_ONNX"),
    "a pickle": (lambda: pickle.dumps(Malice()), "NOT_ONNX"),
    "an archive": (zipped, "NOT_ONNX"),
    "text": (lambda: b"age,income\n1,2\n", "NOT_ONNX"),
    "messages in messages": (lambda: nested_messages(5_000), "NOT_ONNX"),
    "a name that is no text": (
        lambda: _bytes(linear({"target": "zzzz"})).replace(b"zzzz", b"\xff\xff\xff\xff"), "MODEL_INVALID",
    ),
    "no graph": (lambda: b"\x08\x08", "MODEL_INVALID"),
    "data in /etc/passwd": (lambda: _bytes(external("/etc/passwd")), "MODEL_NOT_ALLOWED"),
    "data in a file beside it": (lambda: _bytes(external("../../secret")), "MODEL_NOT_ALLOWED"),
    "an operator of its own": (
        _with([helper.make_node("Shell", ["x"], ["y"], domain="evil")], domains=["evil"]), "MODEL_NOT_ALLOWED",
    ),
    "a function that calls itself": (lambda: _bytes(recursive_function()), "MODEL_NOT_ALLOWED"),
    "an infinite loop": (lambda: _bytes(infinite_loop()), "MODEL_NOT_ALLOWED"),
    "chance": (_with([helper.make_node("RandomNormalLike", ["x"], ["y"])]), "MODEL_NOT_ALLOWED"),
    "a sparse tensor of a terabyte": (lambda: _bytes(_sparse()), "MODEL_NOT_ALLOWED"),
    "a shape that cells decide": (lambda: _bytes(shape_from_cells()), "MODEL_NOT_ALLOWED"),
    "a tensor that claims an exabyte": (lambda: _bytes(huge_claim()), "MODEL_INVALID"),
    "a million nodes": (lambda: many_nodes(1_000_000), "MODEL_TOO_LARGE"),
    "two values of one name": (lambda: _bytes(name_collision()), "MODEL_INVALID"),
    "an operator that nobody knows": (_with([helper.make_node("Foo", ["x"], ["y"])]), "MODEL_INVALID"),
    "a file of the future": (lambda: _bytes(_future("ir")), "MODEL_INVALID"),
    "operators of the future": (lambda: _bytes(_future("opset")), "MODEL_INVALID"),
    "a tree that leads back to itself": (lambda: _bytes(bad_tree(0)), "MODEL_INVALID"),
    "a tree that leads nowhere": (lambda: _bytes(bad_tree(77)), "MODEL_INVALID"),
    "no inputs": (
        _with([helper.make_node("Identity", ["w"], ["y"])], inputs=[], constants=[constant("w", [[1.0]])]),
        "MODEL_SIGNATURE",
    ),
    "pictures": (
        _with([helper.make_node("Identity", ["x"], ["y"])], inputs=[floats("x", None, 3, 8, 8)],
              outputs=[floats("y", None, 3, 8, 8)]), "MODEL_SIGNATURE",
    ),
    "exactly five rows": (
        _with([helper.make_node("MatMul", ["x", "w"], ["y"])], inputs=[floats("x", 5, 2)],
              constants=[constant("w", [[1], [2]])]), "MODEL_SIGNATURE",
    ),
    "any number of columns": (
        _with([helper.make_node("ReduceSum", ["x", "a"], ["y"])], inputs=[floats("x", None, None)],
              constants=[constant("a", [1], np.int64)]), "MODEL_SIGNATURE",
    ),
    "one answer for all rows": (_with([_SUM], outputs=[floats("y")]), "MODEL_ANSWER_INVALID"),
    "an answer that depends on other rows": (lambda: _bytes(mean_of_batch()), "MODEL_ANSWER_INVALID"),
    "NaN": (lambda: _bytes(nothing_but_nan()), "MODEL_ANSWER_INVALID"),
    "probabilities that are none": (
        _with([helper.make_node("Identity", ["x"], ["p"])], outputs=[floats("p", None, 2)]), "MODEL_ANSWER_INVALID",
    ),
    "labels without probabilities": (
        _with([helper.make_node("ArgMax", ["x"], ["label"], axis=1, keepdims=0)],
              outputs=[helper.make_tensor_value_info("label", TensorProto.INT64, [None])]), "MODEL_SIGNATURE",
    ),
    "a failure on every row": (
        _with([helper.make_node("Gather", ["x", "i"], ["y"], axis=1)], constants=[constant("i", [9], np.int64)]),
        "MODEL_FAILED",
    ),
}  # fmt: skip
"""Each name with how to make the file, and the reason why it is refused."""

DANGEROUS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a constant of a terabyte": (lambda: _bytes(enormous_constant()), "MODEL_TOO_LARGE"),
}
"""The same, of files that only a process with limits may look at."""
