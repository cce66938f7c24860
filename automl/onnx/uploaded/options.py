"""What a file does not tell by itself: said by whoever sends it, or by its metadata as our own exports have it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automl.errors import ModelFileError

TASKS = ("binary", "multiclass", "regression")


@dataclass(frozen=True)
class UploadOptions:
    """What is said of a file.

    Attributes:
        task: binary, multiclass or regression.
        target: the name of what it predicts.
        labels: of the classes, in the order of the probabilities.
        inputs: names of the columns, in the order in which the graph's inputs take them.
        label_output: the output with the label.
        probability_output: the output with the probabilities.
        value_output: the output with the value of a regression.
        meanings: of columns, in words.
        multipliers: of the probabilities when a class is chosen, as our exports have them.
    """

    task: str | None = None
    target: str | None = None
    labels: tuple[Any, ...] = ()
    inputs: tuple[str, ...] = ()
    label_output: str | None = None
    probability_output: str | None = None
    value_output: str | None = None
    meanings: tuple[tuple[str, str], ...] = ()
    multipliers: tuple[float, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> UploadOptions:
        """Return the options of plain data."""
        fields: Any = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
        return cls(**fields)


def with_metadata(said: UploadOptions, model: Any) -> UploadOptions:
    """Return what is said, and of the rest what the file's metadata has.

    `task`, `target`, `labels` (a JSON list), `inputs` (a JSON list of names; or of {input, column, meaning}, one an
    input of the graph, as our exports have), and our exports' `class_multipliers`.

    Raises:
        ModelFileError: `MODEL_SIGNATURE`, where the metadata cannot be read.
    """
    kept = {entry.key: entry.value for entry in model.metadata_props}
    task = kept.get("task") if kept.get("task") in TASKS else None
    inputs = _json_list(kept, "inputs")
    described = all(isinstance(each, dict) for each in inputs) and bool(inputs)
    names = tuple(str(each) for each in inputs) if inputs and not described else ()
    meanings = _meanings(inputs) if described else ()
    return UploadOptions(
        said.task or task,
        said.target or kept.get("target") or None,
        said.labels or tuple(_json_list(kept, "labels")),
        said.inputs or names,
        said.label_output,
        said.probability_output,
        said.value_output,
        meanings,
        tuple(float(each) for each in _json_list(kept, "class_multipliers") if isinstance(each, int | float)),
    )


def _meanings(inputs: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    found = ((str(each.get("input", "")), str(each.get("meaning", ""))) for each in inputs)
    return tuple((name, meaning[:200]) for name, meaning in found if name and meaning)


def _json_list(kept: Mapping[str, str], key: str) -> list[Any]:
    if not kept.get(key):
        return []
    try:
        value = json.loads(kept[key])
    except (ValueError, RecursionError) as error:
        raise ModelFileError("MODEL_SIGNATURE", f"Its metadata {key!r} is no JSON: {error}.", _REPAIR) from error
    if not isinstance(value, list) or not all(isinstance(each, str | int | float | dict) for each in value):
        raise ModelFileError("MODEL_SIGNATURE", f"Its metadata {key!r} is no list.", _REPAIR)
    return value


_REPAIR = "Write a JSON list there, or say it in the request."
