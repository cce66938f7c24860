"""Where models disagree most: in which rows, and in which groups of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl._typing import Array
from automl.model_evaluation.comparison.candidates import Candidate, CandidateAnswers
from automl.model_evaluation.groups import Grouping, RowGroup, group_rows
from automl.model_evaluation.labelled_rows import LabelledRows
from automl.parsing.scalars import to_label
from automl.preprocessing.columns.column_options import ColumnOptions
from automl.preprocessing.columns.table_stats import compute_table_stats

MAX_ROWS = 20
MAX_INPUTS = 8
MAX_GROUPS = 12
MAX_GROUPED_COLUMNS = 50
MIN_GROUP_ROWS = 20
MIN_Z = 2.0
"""Standard errors by which a group's share must exceed that of the other rows: most groups of chance have fewer."""
MAX_CELL = 80

Score = Callable[[Array], list[float | None]]
"""Scores each model on some of the rows."""


def disagreement(
    rows: LabelledRows,
    models: Sequence[CandidateAnswers],
    candidates: Sequence[Candidate],
    score: Score,
    options: Mapping[str, ColumnOptions] | None,
) -> dict[str, Any]:
    """Return where the models disagree most.

    Args:
        rows: the labelled rows.
        models: what each answers to them.
        candidates: the models.
        score: scores each model on some of the rows.
        options: what the user insists on, by column.

    Returns:
        `{share, mean_spread, rows, groups}`: for classes the share of rows on which they do not all answer the same,
        for numbers the mean of the difference between the greatest answer and the least.
    """
    columns = _columns(candidates, rows.frame)
    apart = spread(rows, models)
    stats = compute_table_stats(rows.frame[columns], {
        name: each for name, each in (options or {}).items() if name in columns
    })  # fmt: skip
    groups: list[RowGroup] = []
    for name in columns:
        if (cells := cells_of(rows.frame, name)) is not None:
            found = group_rows(cells, stats[name])
            groups += found if isinstance(found, Grouping) else []
    by_row = differing(models).astype(np.float64) if rows.classes else apart
    return {
        "share": float(by_row.mean()) if rows.classes else None,
        "mean_spread": None if rows.classes else float(apart.mean()),
        "rows": most_different_rows(rows, models, apart, columns),
        "groups": most_different_groups(groups, by_row, score),
    }


def _columns(candidates: Sequence[Candidate], frame: pd.DataFrame) -> list[str]:
    """Return the columns that matter to the models, the most important first."""
    weight: dict[str, float] = {}
    for each in candidates:
        weight |= {feature["name"]: weight.get(feature["name"], 0.0) for feature in each.summary.get("features", ())}
        found = {entry["feature"]: float(entry["importance"] or 0.0) for entry in each.summary.get("importance", ())}
        top = max([*found.values(), 0.0]) or 1.0
        for name, value in found.items():
            weight[name] = weight.get(name, 0.0) + max(value, 0.0) / top
    there = [name for name in weight if cells_of(frame, name) is not None]
    return sorted(there, key=lambda name: -weight[name])[:MAX_GROUPED_COLUMNS]


def spread(rows: LabelledRows, models: Sequence[CandidateAnswers]) -> npt.NDArray[np.float64]:
    """Return how far apart the models are in each row (m,).

    For classes the greatest difference between the probabilities that two of them give to one class, and 1 more where
    they answer differently; for numbers the difference between the greatest and the least.
    """
    outputs = [model.output for model in models]
    greatest, least = outputs[0].copy(), outputs[0].copy()
    for output in outputs[1:]:
        np.maximum(greatest, output, out=greatest)
        np.minimum(least, output, out=least)
    apart = greatest - least
    return apart.max(axis=1) + differing(models) if rows.classes else apart


def differing(models: Sequence[CandidateAnswers]) -> npt.NDArray[np.bool_]:
    """Return the rows (m,) in which the models do not all answer the same."""
    first = models[0].chosen
    return np.asarray(np.any([model.chosen != first for model in models[1:]], axis=0))


def most_different_rows(
    rows: LabelledRows, models: Sequence[CandidateAnswers], apart: Array, columns: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the rows in which the models are furthest apart.

    Args:
        rows: the labelled rows.
        models: what each answers.
        apart: (m,) of `spread`.
        columns: whose cells are shown, the most telling first.

    Returns:
        `{row, actual, answers, probabilities?, inputs}`; answers and probabilities in the order of the models.
    """
    order = np.argsort(-apart, kind="stable")[:MAX_ROWS]
    return [_row(rows, models, int(i), columns[:MAX_INPUTS]) for i in order if apart[i] > 0]


def _row(rows: LabelledRows, models: Sequence[CandidateAnswers], i: int, columns: Sequence[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {"row": int(rows.positions[i])}
    if rows.classes:
        chosen = [int(model.chosen[i]) for model in models]
        shown |= {
            "actual": rows.classes[int(rows.y[i])],
            "answers": [rows.classes[code] for code in chosen],
            "probabilities": [float(model.output[i, code]) for model, code in zip(models, chosen, strict=True)],
        }
    else:
        shown |= {"actual": float(rows.y[i]), "answers": [float(model.output[i]) for model in models]}
    cells = {name: to_label(rows.frame[name].iloc[i]) for name in columns}
    return {**shown, "inputs": {name: cell and cell[:MAX_CELL] for name, cell in cells.items()}}


def most_different_groups(groups: Sequence[RowGroup], apart: Array, score: Score) -> list[dict[str, Any]]:
    """Return the groups of rows in which the models are apart more than elsewhere, beyond chance.

    Args:
        groups: of rows, by columns.
        apart: (m,) how far apart the models are: for classes whether they differ.
        score: scores each model on some rows.

    Returns:
        `{column, value, rows, disagreement, elsewhere, scores}`, most surprising first; disagreement is the mean of
        `apart` in the group, elsewhere in all other rows.
    """
    total, n = float(apart.sum()), len(apart)
    deviation = float(apart.std())
    found: list[tuple[float, dict[str, Any]]] = []
    for group in groups:
        size = len(group.rows)
        if size < MIN_GROUP_ROWS or n - size < MIN_GROUP_ROWS or not deviation:
            continue
        inside = float(apart[group.rows].sum())
        here, elsewhere = inside / size, (total - inside) / (n - size)
        z = (here - elsewhere) / (deviation * np.sqrt(1 / size + 1 / (n - size)))
        if z > MIN_Z:
            shown: Mapping[str, Any] = {"column": group.column, "value": group.value[:MAX_CELL], "rows": size}
            found.append((z, {**shown, "disagreement": here, "elsewhere": elsewhere, "at": group.rows}))
    found.sort(key=lambda pair: -pair[0])
    return [{**shown, "scores": score(shown.pop("at"))} for _, shown in found[:MAX_GROUPS]]


def cells_of(frame: pd.DataFrame, name: str) -> pd.Series | None:
    """Return a column that there is exactly one of."""
    cells = frame[name] if name in frame.columns else None
    return cells if isinstance(cells, pd.Series) else None
