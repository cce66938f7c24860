"""Shapes that a cell may decide: a row would be enough to ask for all the memory there is.

A file is tried out on rows that are made up. That says how much memory other rows take only if no size follows from
their cells. Sizes that follow from constants, or from how many rows there are, do no harm: blocks are never larger.
"""

from __future__ import annotations

from typing import Any

from automl.errors import ModelFileError

_SIZES: dict[str, tuple[int, ...]] = {
    "AffineGrid": (1,), "BlackmanWindow": (0,), "CenterCropPad": (1,), "Col2Im": (1, 2), "ConstantOfShape": (0,),
    "DFT": (1,), "Expand": (1,), "HammingWindow": (0,), "HannWindow": (0,), "MaxUnpool": (2,),
    "MelWeightMatrix": (0, 1, 2, 3, 4), "OneHot": (1,), "Pad": (1,), "Range": (0, 1, 2), "Resize": (2, 3),
    "STFT": (1, 3), "Tile": (1, 2), "Upsample": (1,),
}  # fmt: skip
"""Operators with inputs that say how large their output is, by position."""
_SHAPES_ONLY = frozenset({"Shape", "Size"})
"""Operators whose output follows from the shape of their input alone."""


def check_shapes_do_not_depend_on_cells(graph: Any) -> None:
    """Return if no size is computed from cells; raises ModelFileError `MODEL_NOT_ALLOWED`."""
    _follow(graph, {value.name for value in graph.input} - {tensor.name for tensor in graph.initializer})


def _follow(graph: Any, from_cells: set[str]) -> bool:
    """Follow the cells through a graph, which is in the order of computation; return whether its output has any."""
    from_cells = set(from_cells)
    for node in graph.node:
        for position in _SIZES.get(node.op_type, ()):
            if position < len(node.input) and node.input[position] in from_cells:
                raise ModelFileError(
                    "MODEL_NOT_ALLOWED",
                    f"The size of {node.output[0][:60]!r}, which {node.op_type} makes, is computed from cells, "
                    "which is not allowed.",
                    "Give sizes as constants: one row could ask for any amount of memory.",
                )
        inner = False
        for attribute in node.attribute:
            for body in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                inner |= _follow(body, from_cells | {value.name for value in body.input})
        if inner or (node.op_type not in _SHAPES_ONLY and from_cells.intersection(node.input)):
            from_cells.update(node.output)
    return not from_cells.isdisjoint(value.name for value in graph.output)
