"""Which of a graph's outputs is the answer, and which labels its probabilities are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import onnx

from automl.errors import ModelFileError
from automl.onnx.uploaded.options import UploadOptions

_FLOATS = (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT16)
_LABELS = (onnx.TensorProto.INT64, onnx.TensorProto.INT32, onnx.TensorProto.STRING, onnx.TensorProto.BOOL)


@dataclass(frozen=True)
class AnswerOutputs:
    """What answers.

    Attributes:
        is_classifier: whether the output has probabilities.
        name: of the output.
        form: `tensor`, or `maps` from label to probability.
        label_output: with the label, where there is one.
        assumed: what had to be assumed, in words.
    """

    is_classifier: bool
    name: str
    form: Literal["tensor", "maps"]
    label_output: str | None
    assumed: tuple[str, ...] = ()


def choose_outputs(graph: Any, said: UploadOptions) -> AnswerOutputs:
    """Choose the outputs that answer, by what is said, else by their types.

    Raises:
        ModelFileError: `MODEL_SIGNATURE`.
    """
    outputs = {value.name: value for value in graph.output}
    for name in filter(None, (said.label_output, said.probability_output, said.value_output)):
        if name not in outputs:
            raise ModelFileError(
                "MODEL_SIGNATURE", f"The graph has no output {name!r}: it has {', '.join(map(repr, outputs))[:300]}.",
                "Name one of these.",
            )  # fmt: skip
    maps = [name for name, value in outputs.items() if _is_maps(value)]
    floats = [name for name, value in outputs.items() if _element(value) in _FLOATS]
    labels = [name for name, value in outputs.items() if _element(value) in _LABELS]
    is_classifier = said.task in ("binary", "multiclass") or bool(said.probability_output)
    if said.task == "regression" or said.value_output:
        return _value(said, floats or labels)
    if not is_classifier and not maps and not (labels and floats):
        if not floats:
            raise _no_answer(labels, outputs)
        if _width(outputs[floats[0]]) in (None, 0, 1):
            chosen = _value(said, floats)
            assumed = f"It is taken for a regression, as its output {chosen.name!r} is one number: say `task`."
            return AnswerOutputs(False, chosen.name, "tensor", None, (assumed,))
    candidates = (
        [said.probability_output] if said.probability_output else [*maps, *sorted(floats, key=_is_no_probability)]
    )
    if not candidates:
        raise _no_answer(labels, outputs)
    name = candidates[0]
    label = said.label_output or next(iter(labels), None)
    assumed_label = () if label or said.labels or said.task else (f"Its output {name!r} is taken for probabilities.",)
    return AnswerOutputs(True, name, "maps" if name in maps else "tensor", label, assumed_label)


def _value(said: UploadOptions, numbers: list[str]) -> AnswerOutputs:
    name = said.value_output or next(iter(numbers), None)
    if name is None:
        raise ModelFileError("MODEL_SIGNATURE", "The graph has no output of numbers.", "Export it with one.")
    return AnswerOutputs(False, name, "tensor", None)


def _no_answer(labels: list[str], outputs: dict[str, Any]) -> ModelFileError:
    if labels:
        return ModelFileError(
            "MODEL_SIGNATURE", f"The graph gives labels ({labels[0]!r}) and no probabilities.",
            "Export it with probabilities; CalibratedClassifierCV gives them to models that have none.",
        )  # fmt: skip
    found = ", ".join(map(repr, outputs))[:300] or "none"
    return ModelFileError(
        "MODEL_SIGNATURE", f"No output of the graph is a prediction: its outputs are {found}.",
        "Export it with an output of probabilities (n, classes), or of one number a row.",
    )  # fmt: skip


def _element(value: Any) -> int | None:
    return value.type.tensor_type.elem_type if value.type.WhichOneof("value") == "tensor_type" else None


def _width(value: Any) -> int | None:
    dims = value.type.tensor_type.shape.dim
    return dims[1].dim_value if len(dims) == 2 else 1 if len(dims) == 1 else None


def _is_maps(value: Any) -> bool:
    kind = value.type
    return bool(
        kind.WhichOneof("value") == "sequence_type"
        and kind.sequence_type.elem_type.WhichOneof("value") == "map_type"
        and kind.sequence_type.elem_type.map_type.value_type.tensor_type.elem_type in _FLOATS
    )


def _is_no_probability(name: str) -> bool:
    return "prob" not in name.lower()
