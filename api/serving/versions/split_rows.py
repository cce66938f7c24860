"""Rows of one request that several versions answer: shared out by the endpoint's traffic, and put together again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.serving.row_predictions import Columns, RowPredictions
from core.domain.endpoints import Endpoint
from core.domain.records import Json
from core.endpoints.routing import choose_alias
from core.errors import Conflict


def share_out(endpoint: Endpoint, keys: Sequence[str] | None, ids: Sequence[str]) -> dict[str, Sequence[int]]:
    """Return the rows that each alias answers, by their places; the first row's alias comes first.

    Where the traffic is sticky by key, each row's key decides; else, and for rows without keys, the id of the first row
    does so for all of them.
    """
    if endpoint.traffic.sticky != "key" or not keys:
        return {choose_alias(endpoint, ids[0]): range(len(ids))}
    aliases = {key: choose_alias(endpoint, key) for key in set(keys)}
    shares: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        shares.setdefault(aliases[key], []).append(row)
    return dict(shares)


def take(columns: Columns, rows: Sequence[int]) -> Columns:
    """Return some rows of the columns."""
    return {name: [cells[row] for row in rows] for name, cells in columns.items()}


def put_together(parts: Sequence[tuple[Sequence[int], RowPredictions]], n: int) -> RowPredictions:
    """Join the predictions for the parts of n rows.

    Labels that a version does not know have the probability 0. Raises Conflict VERSIONS_DIFFER if some of the versions
    predict labels, and others numbers.
    """
    import numpy as np

    if len({predicted.raw.ndim for _, predicted in parts}) > 1:
        raise Conflict(
            "VERSIONS_DIFFER",
            "The rows belong to versions of which some predict labels and others numbers: send them one by one.",
        )
    labels = list(dict.fromkeys(label for _, predicted in parts for label in predicted.labels))
    raw = np.zeros((n, len(labels)) if labels else n)
    predictions: list[Any] = [None] * n
    for rows, predicted in parts:
        if labels:
            raw[np.ix_(rows, [labels.index(label) for label in predicted.labels])] = predicted.raw
        else:
            raw[list(rows)] = predicted.raw
        for row, prediction in zip(rows, predicted.predictions, strict=True):
            predictions[row] = prediction
    flagged = [each for _, predicted in parts for each in predicted.flagged]
    return RowPredictions(raw, predictions, labels, flagged, _further(parts, n))


def _further(parts: Sequence[tuple[Sequence[int], RowPredictions]], n: int) -> Json:
    further = dict(parts[0][1].further)
    rules = [predicted.further.get("decision") for _, predicted in parts]
    if any(rule != rules[0] for rule in rules):
        further.pop("decision", None)
        further["decisions"] = by_row = [None] * n
        for (rows, _), rule in zip(parts, rules, strict=True):
            for row in rows:
                by_row[row] = rule
    if all("formatted" in predicted.further for _, predicted in parts):
        written: list[Any] = [None] * n
        for rows, predicted in parts:
            for row, text in zip(rows, predicted.further["formatted"], strict=True):
                written[row] = text
        further["formatted"] = written
    else:
        further.pop("formatted", None)
    return further
