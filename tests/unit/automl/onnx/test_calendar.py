from __future__ import annotations

import numpy as np
import onnxruntime
from hypothesis import given
from hypothesis import strategies as st

from automl.onnx.calendar import calendar
from automl.onnx.graph_builder import Graph
from automl.parsing.dates import calendar_parts


def session() -> onnxruntime.InferenceSession:
    graph = Graph()
    for name, value in calendar(graph, graph.input("seconds", "double")).items():
        graph.output(name, value, "double", 1)
    return onnxruntime.InferenceSession(graph.model({}).SerializeToString())


SESSION = session()


@given(st.lists(st.floats(-6e10, 2.5e11) | st.just(float("nan")), min_size=1, max_size=20))
def test_the_parts_are_those_of_the_plan(moments: list[float]) -> None:
    seconds = np.array(moments)
    expected = calendar_parts(seconds)
    names = list(expected)
    for name, found in zip(names, SESSION.run(names, {"seconds": seconds[:, None]}), strict=True):
        np.testing.assert_array_equal(found[:, 0], expected[name], err_msg=name)
