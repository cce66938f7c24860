"""Writing a model as an ONNX file, checked on real rows under the runtime that will run it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.errors import SpecError
from automl.inference.model import Member, Model
from automl.onnx.ensemble import build
from automl.onnx.graph_builder import UnsupportedInOnnx
from automl.onnx.preprocessing import Input

TOLERANCE = 1e-4
"""Maximum difference of probabilities; for a regression, in units of the target's spread."""
MAX_BYTES = 2_000_000_000
"""Maximum bytes of a file that the format can hold."""


@dataclass(frozen=True)
class Parity:
    """How far the file's answers are from the model's.

    Attributes:
        rows: number of rows that were compared.
        largest_difference: of probabilities; of values in units of the target's spread.
    """

    rows: int
    largest_difference: float


def export(model: Model, path: str | os.PathLike[str], name: str | None = None) -> Parity:
    """Write the ensemble, or one member of it; the file appears whole or not at all.

    Args:
        model: to express.
        path: of the file.
        name: of a member of the ensemble, as on the leaderboard; None is all of them.

    Raises:
        SpecError: `UNKNOWN_MEMBER`; `ONNX_CANNOT_EXPRESS`, naming the part and the best single model that can be;
            `ONNX_DIFFERS`, where the file's answers were not the model's.
    """
    chosen = model if name is None else single_member(model, name)
    try:
        graph, inputs = build(chosen)
        proto = graph.model(_metadata(chosen, inputs))
        if proto.ByteSize() > MAX_BYTES:
            raise UnsupportedInOnnx(f"its size, {proto.ByteSize():,} bytes")
    except UnsupportedInOnnx as part:
        raise refusal(model, str(part), name) from part
    parity = compare(chosen, proto.SerializeToString(), inputs)
    if parity.largest_difference > TOLERANCE:
        raise SpecError(
            "ONNX_DIFFERS",
            f"On {parity.rows} rows the ONNX predictions differed from the model's by up to"
            f" {parity.largest_difference:.2g}, more than {TOLERANCE:g}.",
            "Export another of the ensemble's models, or use the model file.",
        )
    for key, value in (
        ("parity_rows", str(parity.rows)),
        ("parity_largest_difference", f"{parity.largest_difference:.3g}"),
    ):
        proto.metadata_props.add(key=key, value=value)
    target = Path(path)
    unfinished = target.with_name(target.name + ".part")
    unfinished.write_bytes(proto.SerializeToString())
    os.replace(unfinished, target)
    return parity


def best_exportable(model: Model, but: str | None = None) -> str | None:
    """Return the name of the best member that a file can hold alone; None where there is none.

    Args:
        model: whose members are looked through.
        but: a member that is known to be none.
    """
    board = [entry["name"] for entry in model.summary.get("leaderboard", ())]
    names = [member.name for member in model.members if member.name != but]
    for name in sorted(names, key=lambda name: board.index(name) if name in board else len(board)):
        try:
            build(single_member(model, name))
        except UnsupportedInOnnx:
            continue
        return name
    return None


def single_member(model: Model, name: str) -> Model:
    """Return the model with one member of the ensemble alone; its calibration stays the ensemble's.

    Raises:
        SpecError: `UNKNOWN_MEMBER`.
    """
    for member in model.members:
        if member.name == name:
            return replace(model, members=(Member(member.name, member.family, 1.0, member.models),))
    raise SpecError(
        "UNKNOWN_MEMBER",
        f"The ensemble has no model {name!r}.",
        f"Name one of {', '.join(member.name for member in model.members)}.",
    )


def compare(model: Model, content: bytes, inputs: Sequence[Input]) -> Parity:
    """Compare the file's predictions with the model's, on the rows that the model keeps as a sample."""
    import onnxruntime

    n_rows = len(next(iter(model.sample.values())))
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    feed = {each.name: each.tensor(model.sample, n_rows) for each in inputs}
    output = "prediction" if model.task == "regression" else "probabilities"
    [found] = session.run([output], feed)
    expected = model.predict_raw(model.sample)
    return Parity(n_rows, largest_difference(found, expected, spread(model, expected)))


def largest_difference(found: npt.NDArray[np.floating], expected: npt.NDArray[np.float64], unit: float) -> float:
    """Return the largest difference of two predictions, in this unit; infinity where one is NaN."""
    difference = np.abs(np.asarray(found, dtype=np.float64) - expected).max(initial=0.0) / unit
    return float(difference) if np.isfinite(difference) else float("inf")


def spread(model: Model, expected: npt.NDArray[np.float64]) -> float:
    """Return the unit of differences: the spread of the target, or of the predictions where that is greater.

    Args:
        model: whose differences are measured; those of probabilities are as they are.
        expected: predictions for its sample.
    """
    if model.task != "regression":
        return 1.0
    low, high = model.scale.inverse_transform(np.array([-1.0, 1.0]))
    return max(float(np.std(expected)), float(high - low) / 2) or 1.0


def refusal(model: Model, part: str, name: str | None = None) -> SpecError:
    """Make the error of a model, or of a member of it, of which this part has no graph."""
    whole = f"The model {name}" if name else "The whole ensemble"
    other = best_exportable(model, name)
    hint = f"The best single model that can is {other!r}." if other else "None of its models can: use the model file."
    return SpecError("ONNX_CANNOT_EXPRESS", f"{whole} cannot be written as ONNX because of {part}.", hint)


def _metadata(model: Model, inputs: Sequence[Input]) -> dict[str, str]:
    metadata: dict[str, Any] = {
        "task": model.task,
        "target": model.preprocessor.target,
        "members": {member.name: member.weight for member in model.members},
        "labels": [str(label) for label in model.labels],
        "class_multipliers": list(model.class_multipliers),
        "inputs": [
            {
                "input": each.name,
                "type": each.type,
                "column": each.column,
                "meaning": each.meaning,
                "reading": each.reading,
            }
            for each in inputs
        ],
    }
    if rule := model.summary.get("decision"):
        metadata["decision"] = rule
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in metadata.items()}
