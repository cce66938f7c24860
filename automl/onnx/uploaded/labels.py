"""Which labels the probabilities of a graph are of: said, given by the graph itself, or seen in its own choices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from automl.errors import ModelFileError
from automl.onnx.uploaded.options import UploadOptions


def choose_labels(
    said: UploadOptions, known: list[Any], output: Any, named: Any, k: int
) -> tuple[list[Any], list[str]]:
    """Return the labels of k classes in the order of the probabilities, and what had to be assumed.

    Args:
        said: of the file.
        known: labels that the graph itself gives, see `known_labels`.
        output: of some rows: probabilities (n, k), or a list of maps from label to probability.
        named: the graph's own labels (n,) for these rows; None where it gives none.
        k: number of classes.

    Raises:
        ModelFileError: `MODEL_SIGNATURE`, where the labels that are said do not fit.
    """
    given = list(said.labels)
    if given and (len(given) != k or len(set(map(str, given))) != k):
        raise ModelFileError(
            "MODEL_SIGNATURE", f"`labels` has {len(given)} labels; the model's answer has {k} classes.",
            "Give one label for each class, in the order of the probabilities.",
        )  # fmt: skip
    if isinstance(output, list):
        keys = {str(key): key for key in output[0]}
        if given and set(map(str, given)) != set(keys):
            raise ModelFileError(
                "MODEL_SIGNATURE", f"`labels` is {given!r:.200}; the model answers with {sorted(keys)!r:.200}.",
                "Give the same labels, or none.",
            )  # fmt: skip
        return [keys[str(label)] for label in given] if given else list(output[0]), []
    if given:
        return given, []
    if len(known) == k:
        return known, []
    if named is not None and len(observed := observed_labels(np.asarray(output, dtype=float), named)) == k:
        return observed, []
    return list(range(k)), [f"Its classes are called 0 to {k - 1}, as the file has no labels of them: say `labels`."]


def known_labels(graph: Any, output: str) -> list[Any]:
    """Return the labels that the graph itself gives to the classes, those of the operator nearest the output; or []."""
    made_by = {name: node for node in graph.node for name in node.output}
    names, seen = [output], set()
    while names:
        node = made_by.get(names.pop(0))
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if found := _class_labels(node.attribute):
            return found
        names += node.input
    return []


def _class_labels(attributes: Iterable[Any]) -> list[Any]:
    for attribute in attributes:
        if attribute.name in ("classlabels_strings", "classlabels_string") and attribute.strings:
            return [text.decode("utf-8", "replace") for text in attribute.strings]
        if attribute.name in ("classlabels_int64s", "classlabels_ints") and attribute.ints:
            return list(attribute.ints)
    return []


def observed_labels(probabilities: Any, label: Any) -> list[Any]:
    """Return the label of each class as the graph's own label output shows it, [] if it does not show all of them.

    Args:
        probabilities: (n, k).
        label: (n,), the graph's own choices.
    """
    best, named = probabilities.argmax(axis=1), np.asarray(label).ravel().tolist()
    found: dict[int, set[Any]] = {}
    for position, name in zip(best.tolist(), named, strict=True):
        found.setdefault(position, set()).add(name)
    if len(found) < probabilities.shape[1] or any(len(names) > 1 for names in found.values()):
        return []
    return [next(iter(found[position])) for position in range(probabilities.shape[1])]
