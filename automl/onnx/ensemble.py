"""A whole model as one graph: cleaning, members, blend, target's scale or calibration, and the answer."""

from __future__ import annotations

import numpy as np

from automl.inference.model import Model
from automl.onnx.graph_builder import Graph, UnsupportedInOnnx
from automl.onnx.inputs import FeatureValues
from automl.onnx.preprocessing import Input, PreprocessingGraph
from automl.onnx.registry import to_onnx
from automl.postprocessing import MIN_PROBABILITY, TargetScaler

OUTPUTS = ("label", "probabilities", "prediction")


def build(model: Model) -> tuple[Graph, list[Input]]:
    """Build the graph of a model, and return it with the inputs' contents.

    Outputs are `label` (n,), text, and `probabilities` (n, k), columns in the order of the model's labels; or
    `prediction` (n,), double, for regression.

    Raises:
        UnsupportedInOnnx: names the first part that has no graph.
    """
    graph = Graph()
    cleaning = PreprocessingGraph(graph, model.preprocessor, OUTPUTS)
    answer = answer_to_onnx(graph, model, cleaning.values)
    if model.task != "regression":
        weighed = graph.node("Mul", answer, graph.constant([model.class_multipliers]))
        best = graph.node("ArgMax", weighed, axis=1, keepdims=0)
        labels = graph.constant([str(label) for label in model.labels], np.object_)
        graph.output("label", graph.node("Gather", labels, best), "string")
    add_answer(graph, model, answer)
    return graph, cleaning.inputs


def answer_to_onnx(graph: Graph, model: Model, features: FeatureValues) -> str:
    """Add what `Model.predict_raw` returns: (n, k), or double (n,)."""
    blend = _blend(graph, model, features)
    if model.task == "regression":
        return graph.node("Squeeze", blend, graph.constant([1], np.int64))
    if model.temperature != 1.0:
        clipped = graph.node("Clip", blend, graph.constant(MIN_PROBABILITY), graph.constant(1.0))
        blend = graph.node("Pow", clipped, graph.constant(1.0 / model.temperature))
    total = graph.node("ReduceSum", blend, graph.constant([1], np.int64))
    return graph.node("Div", blend, total)


def add_answer(graph: Graph, model: Model, answer: str) -> None:
    """Make the value an output, under its name."""
    if model.task == "regression":
        graph.output("prediction", answer, "double")
    else:
        graph.output("probabilities", answer, "float", len(model.labels))


def _blend(graph: Graph, model: Model, features: FeatureValues) -> str:
    """Blend all models' predictions, those of one column side by side: each operator costs more than it computes."""
    values, weights = [], []
    for member in model.members:
        for fitted in member.models:
            try:
                values.append(to_onnx(graph, member.family, fitted, features))
            except UnsupportedInOnnx as part:
                raise UnsupportedInOnnx(f"{part}, used by {member.name}") from part
            weights.append(member.weight / len(member.models))
    if model.task == "regression":
        scaled = _unscaled(graph, model.scale, graph.columns(values))
        return graph.node("MatMul", scaled, graph.constant(np.array(weights)[:, None], np.float64))
    terms, margins, shares = [], [], []
    for value, weight in zip(values, weights, strict=True):
        if (margin := graph.margin_of(value)) is None:
            terms.append(graph.node("Mul", value, graph.constant(weight)))
        else:
            margins.append(margin)
            shares.append(weight)
    if margins:
        seconds = graph.node("Sigmoid", graph.columns(margins))
        second = graph.node("MatMul", seconds, graph.constant(np.array(shares)[:, None]))
        terms.append(graph.columns([graph.node("Sub", graph.constant(sum(shares)), second), second]))
    return terms[0] if len(terms) == 1 else graph.node("Sum", *terms)


def _unscaled(graph: Graph, scale: TargetScaler, value: str) -> str:
    """Undo the target's scale, in double: float32 would not resolve a target that lies far from 0."""
    value = graph.cast(value, "double")

    def constant(value: float) -> str:
        return graph.constant(value, np.float64)

    def linear(value: str) -> str:
        return graph.node("Add", graph.node("Mul", value, constant(scale.deviation)), constant(scale.mean))

    if scale.kind == "linear":
        return linear(value)
    margin = 0.1 * (scale.high - scale.low)
    bounds = [constant(scale.low - margin), constant(scale.high + margin)]
    turned = graph.node("Exp", linear(graph.node("Clip", value, *bounds)))
    return graph.node("Sub", turned, constant(1.0)) if scale.kind == "log1p" else turned
