"""What fits came to: one JSON line each, kept as they come, so that a run that is broken off goes on where it was.

A row has engine, dataset, task, budget_s, seed, fit_s, predict_s, predict_one_ms, and either `error` or `score` with
`score_se`; ours also `reported`, `members`, `first_model_s` and `trials`, how many of each family. Rows of earlier runs
that hold auc, logloss and rmse by name are read too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Key = tuple[str, str, float, int]

SCORES = {"binary": "auc", "multiclass": "logloss", "regression": "rmse"}


def key_of(row: Row) -> Key:
    """Return the key of a fit: engine, table, budget in seconds, seed."""
    return row["engine"], row["dataset"], float(row["budget_s"]), int(row.get("seed", 0))


def read_results(files: Iterable[Path]) -> dict[Key, Row]:
    """Return the rows of these files; of two of the same fit the later one. A line that was cut short is left out."""
    rows: dict[Key, Row] = {}
    for file in files:
        for line in file.read_text().splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if "score" not in row and row.get("task") in SCORES and SCORES[row["task"]] in row:
                row["score"] = row[SCORES[row["task"]]]
            rows[key_of(row)] = {"measured_on": "earlier", **row}
    return rows


@dataclass
class ResultStore:
    """A file of results that grows.

    Attributes:
        file: where the lines are; need not be there yet.
        rows: what it holds, by what was fitted.
    """

    file: Path
    rows: dict[Key, Row]

    @classmethod
    def at(cls, file: Path) -> ResultStore:
        """Return the results that an earlier run has left in the file, or none."""
        return cls(file, read_results([file]) if file.exists() else {})

    def add(self, row: Row) -> None:
        """Add a row, at once."""
        self.rows[key_of(row)] = row
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with open(self.file, "a+b") as file:
            # A line that was cut short must not swallow this one.
            if file.tell() and file.seek(-1, 2) and file.read(1) != b"\n":
                file.write(b"\n")
            file.write(json.dumps(row).encode() + b"\n")
