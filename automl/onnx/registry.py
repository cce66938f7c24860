"""One fitted model as a graph, by the converter that its family names."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np

from automl.models import get_family
from automl.models.base import FittedModel
from automl.onnx.crosses import with_crosses
from automl.onnx.graph_builder import Graph, UnsupportedInOnnx
from automl.onnx.inputs import FeatureValues

Converter = Callable[[Graph, Path, FeatureValues], str]
"""Function that adds a model from the folder it was saved to, and returns probabilities (n, k) or values (n, 1)."""


def get_converter(family: str) -> Converter | None:
    """Return what adds models of the family to a graph, None where nothing does."""
    name = get_family(family).onnx_converter
    if name is None:
        return None
    module, function = name.split(":")
    found: Converter = getattr(import_module(f"automl.onnx.converters.{module}"), function)
    return found


def to_onnx(graph: Graph, family: str, model: FittedModel, features: FeatureValues) -> str:
    """Return probabilities (n, k), or scaled values (n, 1), of one fitted model.

    Raises:
        UnsupportedInOnnx: there is no graph for it.
    """
    convert = get_converter(family)
    if convert is None:
        raise UnsupportedInOnnx(f"models of the family {family}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        model.save(folder)
        if (folder / "crosses.npz").exists():
            with np.load(folder / "crosses.npz", allow_pickle=False) as file:
                features = with_crosses(graph, dict(file), features)
        return convert(graph, folder, features)
