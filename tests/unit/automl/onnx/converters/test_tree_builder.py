from __future__ import annotations

import numpy as np
import onnxruntime
from hypothesis import given
from hypothesis import strategies as st

from automl.onnx.converters.tree_builder import TreeBuilder, Trees, rounded_down
from automl.onnx.graph_builder import Graph


@given(st.sets(st.integers(0, 9)), st.booleans())
def test_a_set_of_categories_is_asked_for(members: set[int], missing_inside: bool) -> None:
    grown, trees, graph = TreeBuilder(), Trees(1), Graph()
    root, inside, outside = (grown.node() for _ in range(3))
    grown.leaf_value[inside], grown.leaf_value[outside] = 1.0, -1.0
    grown.split_on_set(root, 0, members, inside, outside, missing_inside)
    grown.add_to(trees)
    graph.output("sum", trees.to_onnx(graph, graph.input("code", "float"), base=[10.0]), "float", 1)
    session = onnxruntime.InferenceSession(graph.model({}).SerializeToString())
    codes = np.array([*range(10), np.nan], dtype=np.float32)[:, None]
    [sums] = session.run(["sum"], {"code": codes})
    expected = [11.0 if code in members else 9.0 for code in range(10)] + [11.0 if missing_inside else 9.0]
    assert sums[:, 0].tolist() == expected


@given(st.floats(-(2.0**99), 2.0**99), st.floats(-(2.0**99), 2.0**99, width=32))
def test_rounding_a_threshold_down_parts_the_same_numbers(threshold: float, number: float) -> None:
    assert (np.float32(number) <= rounded_down([threshold])[0]) == (number <= threshold)
