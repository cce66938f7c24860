"""From the sums of models to probabilities."""

from __future__ import annotations

from automl.onnx.graph_builder import Graph


def probabilities(graph: Graph, margins: str, n_outputs: int) -> str:
    """(n, k) of margins (n, n_outputs): a single one is the log-odds of the second of two classes."""
    if n_outputs > 1:
        return graph.node("Softmax", margins, axis=1)
    second = graph.node("Sigmoid", margins)
    return graph.columns([graph.node("Sub", graph.constant(1.0), second), second])
