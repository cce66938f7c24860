"""How rows become tensors and outputs become predictions: what is kept of a file beside the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import onnx

from automl.errors import ModelFileError
from automl.onnx.uploaded.options import UploadOptions

BLOCK_ROWS = 256
"""Rows that are computed at once, at most: what a file was tried with."""
MAX_COLUMNS = 10_000
TYPES = {
    onnx.TensorProto.FLOAT: "float", onnx.TensorProto.DOUBLE: "double", onnx.TensorProto.FLOAT16: "float16",
    onnx.TensorProto.INT64: "int64", onnx.TensorProto.INT32: "int32", onnx.TensorProto.BOOL: "bool",
    onnx.TensorProto.STRING: "string",
}  # fmt: skip
"""Types of tensors that cells are made into."""


@dataclass(frozen=True)
class TensorInput:
    """One of the graph's inputs.

    Attributes:
        name: of the input.
        type: one of `TYPES`.
        columns: of the table, in the order of the tensor's columns.
        rank: 2 for (n, columns), 1 for (n,), which has a single column.
    """

    name: str
    type: str
    columns: tuple[str, ...]
    rank: int = 2


@dataclass(frozen=True)
class Signature:
    """How a file is used.

    Attributes:
        task: binary, multiclass or regression.
        target: the name of what is predicted.
        inputs: of the graph.
        output: with the probabilities, or with the value of a regression.
        form: of that output: `tensor`, or `maps` from label to probability, one a row.
        labels: of the classes in the order of the probabilities; () for regression.
        multipliers: k factors of the probabilities when a class is chosen; () for none.
        label_output: with the graph's own choice of a class, where there is one.
        block_rows: rows that are computed at once: 1 where the graph takes no more.
    """

    task: str
    target: str
    inputs: tuple[TensorInput, ...]
    output: str
    form: Literal["tensor", "maps"] = "tensor"
    labels: tuple[Any, ...] = ()
    multipliers: tuple[float, ...] = ()
    label_output: str | None = None
    block_rows: int = BLOCK_ROWS

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, in the order of the inputs."""
        return tuple(column for each in self.inputs for column in each.columns)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Signature:
        """Return the signature of plain data."""
        inputs = tuple(TensorInput(**{**each, "columns": tuple(each["columns"])}) for each in data["inputs"])
        return cls(
            **{**data, "inputs": inputs, "labels": tuple(data["labels"]), "multipliers": tuple(data["multipliers"])}
        )


def read_inputs(
    graph: Any, said: UploadOptions, background: Sequence[str] = ()
) -> tuple[tuple[TensorInput, ...], int, list[str]]:
    """Return the graph's inputs with their columns, the rows that it takes at once, and what had to be assumed.

    Args:
        graph: of the file.
        said: of it.
        background: columns of the rows that came with it, by which unnamed columns are named.

    Raises:
        ModelFileError: `MODEL_SIGNATURE`.
    """
    constants = {tensor.name for tensor in graph.initializer}
    values = [value for value in graph.input if value.name not in constants]
    if not values:
        raise ModelFileError("MODEL_SIGNATURE", "The graph has no inputs.", "Export it with the row as its input.")
    shapes = [_shape(value) for value in values]
    unknown = [i for i, (_, _, width, _) in enumerate(shapes) if width is None]
    known = sum(width or 0 for _, _, width, _ in shapes)
    if len(unknown) == 1 and len(said.inputs) > known:
        name, rank, _, rows = shapes[unknown[0]]
        shapes[unknown[0]] = (name, rank, len(said.inputs) - known, rows)
    elif unknown:
        raise ModelFileError(
            "MODEL_SIGNATURE",
            f"The file does not say how many columns the input {values[unknown[0]].name!r} has.",
            "Name them all in `inputs`, or export it with a shape such as (None, 4).",
        )
    widths = [width or 1 for _, _, width, _ in shapes]
    if sum(widths) > MAX_COLUMNS:
        raise ModelFileError("MODEL_TOO_LARGE", f"It takes more than {MAX_COLUMNS:,} columns.", "Use fewer.")
    names, assumed = _names([value.name for value in values], widths, said, background)
    inputs, start = [], 0
    for value, (type_, rank, _, _), width in zip(values, shapes, widths, strict=True):
        inputs.append(TensorInput(value.name, type_, tuple(names[start : start + width]), rank))
        start += width
    block_rows = 1 if any(rows == 1 for *_, rows in shapes) else BLOCK_ROWS
    return tuple(inputs), block_rows, assumed


def _shape(value: Any) -> tuple[str, int, int | None, int | None]:
    """Return (type, rank, columns if known, rows if fixed) of an input."""
    name = value.name[:60]
    tensor = value.type.tensor_type
    if value.type.WhichOneof("value") != "tensor_type" or tensor.elem_type not in TYPES:
        raise ModelFileError(
            "MODEL_SIGNATURE", f"The input {name!r} takes no tensor of numbers, text or truth values.",
            "Export it with such inputs.",
        )  # fmt: skip
    dims = [dim.dim_value if dim.HasField("dim_value") else None for dim in tensor.shape.dim]
    if not tensor.HasField("shape") or not 1 <= len(dims) <= 2:
        raise ModelFileError(
            "MODEL_SIGNATURE", f"The input {name!r} has {len(dims)} dimensions: it is not made of rows of a table.",
            "Export it with inputs of shape (None, columns), or (None, 1) one a column.",
        )  # fmt: skip
    rows, width = dims[0], dims[1] if len(dims) == 2 else 1
    if rows not in (None, 0, 1, -1):
        raise ModelFileError(
            "MODEL_SIGNATURE", f"The input {name!r} takes exactly {rows:,} rows at once.",
            "Export it with a first dimension that is free (None), or 1.",
        )  # fmt: skip
    if width is not None and not 1 <= width <= MAX_COLUMNS:
        width = None
    return TYPES[tensor.elem_type], len(dims), width, 1 if rows == 1 else None


def _names(
    inputs: list[str], widths: list[int], said: UploadOptions, background: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return the names of all columns, and what had to be assumed."""
    count = sum(widths)
    assumed: list[str] = []
    if said.inputs:
        if len(said.inputs) != count:
            raise ModelFileError(
                "MODEL_SIGNATURE", f"`inputs` names {len(said.inputs):,} columns; the graph takes {count:,}.",
                f"Name one for each, in their order. The graph's inputs are {_listed(inputs, widths)}.",
            )  # fmt: skip
        names = list(said.inputs)
    elif all(width == 1 for width in widths) and len(inputs) > 1:
        names = inputs
    elif len(others := [name for name in background if name != said.target]) == count:
        names, assumed = others, ["The columns are named as those of `background`, in their order."]
    else:
        names = inputs if count == 1 else [f"c{i}" for i in range(count)]
        what = "its input" if count == 1 else f"c0 to c{count - 1}"
        assumed = [f"The columns are named {what}, in their order, as the file has no names of them: say `inputs`."]
    if len(set(names)) < len(names) or not all(name.strip() for name in names):
        raise ModelFileError("MODEL_SIGNATURE", "Two columns have one name, or one has none.", "Name each differently.")
    return names, assumed


def _listed(inputs: list[str], widths: list[int], most: int = 10) -> str:
    shown = [f"{name[:60]!r} ({width})" for name, width in zip(inputs, widths, strict=True)][:most]
    return ", ".join(shown) + (" …" if len(inputs) > most else "")
