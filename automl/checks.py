"""Checks: what is wrong with a table and its target, before any time is spent on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from automl.association import groups_of, has_signal, predicts_alone
from automl.column_types import infer_type
from automl.errors import DataError
from automl.facts import facts
from automl.metrics import DEFAULTS
from automl.plan import by_name
from automl.profile import count_repeated_rows
from automl.target import Target, encode_target, infer_task

Finding = dict[str, Any]

MIN_ROWS = 10
FEW_ROWS = 100
MAX_CLASSES = 1_000
MANY_CLASSES = 50
RARE_ROWS = 8
SAMPLE_ROWS = 10_000
NEARLY = 0.995
MAX_LEAK_COLUMNS = 2_000


def check_target(frame: pd.DataFrame, target: str, types: Mapping[str, str] | None = None) -> dict[str, Any]:
    """JSON: `{task, metric, why, findings: [{severity, reason, detail, fix, column?}]}`, gravest findings
    first.

    Severity `error` means that no useful model can come of it, `warning` that the result may mislead, `info`
    what is good to know.

    Args:
        frame: the table.
        target: name of the column to be predicted.
        types: types the user insists on, by column.

    Raises:
        DataError: TARGET_NOT_FOUND.
    """
    columns = {name: cells for name, cells in by_name(frame).items() if isinstance(cells, pd.Series)}
    if target not in columns:
        raise DataError(
            "TARGET_NOT_FOUND", f"The table has no column {target!r}.", "Check the spelling.", column=target
        )
    goal = columns.pop(target)
    task, why = infer_task(goal)
    findings = list(_check_amount(goal, task))
    if all(finding["severity"] != "error" for finding in findings):
        encoded = encode_target(goal, task)
        findings += _check_classes(encoded)
        findings += _check_rows(frame, encoded)
        findings += _check_columns(columns, encoded, dict(types or {}))
    rank = {"error": 0, "warning": 1, "info": 2}
    findings.sort(key=lambda finding: rank[finding["severity"]])
    return {"task": task, "metric": DEFAULTS[task], "why": why, "findings": findings}


def _finding(severity: str, reason: str, detail: str, fix: str, column: str | None = None) -> Finding:
    found: Finding = {"severity": severity, "reason": reason, "detail": detail, "fix": fix}
    if column is not None:
        found["column"] = column
    return found


def _check_amount(goal: pd.Series, task: str) -> Iterator[Finding]:
    """Whether the target has enough values to learn from."""
    about = facts(goal, str(goal.name))
    n, name = about.n_present, str(goal.name)
    if n == 0:
        yield _finding("error", "TARGET_ALL_MISSING", "The target has no value in any row.", "Name another.", name)
        return
    if about.n_distinct == 1:
        detail = f"The target is {about.values[0][:80]!r} in every row: there is nothing to predict."
        yield _finding("error", "TARGET_CONSTANT", detail, "Name another target, or add rows with other values.", name)
        return
    if about.n_missing:
        detail = f"{about.n_missing:,} of {about.n_rows:,} rows have no target."
        yield _finding("info", "TARGET_MISSING", detail, "They are left out of training.", name)
    if n < FEW_ROWS:
        severity = "error" if n < MIN_ROWS else "warning"
        detail = f"Only {n} rows have a target; scores from so few are little more than guesses."
        yield _finding(severity, "TOO_FEW_ROWS", detail, f"Add rows: {FEW_ROWS} at least, better 1,000.", name)
    useless = about.n_distinct > min(MAX_CLASSES, n // 2)
    if task == "multiclass" and (useless or about.n_distinct > MANY_CLASSES):
        severity = "error" if useless else "warning"
        detail = f"The target has {about.n_distinct:,} different labels in {n:,} rows."
        yield _finding(severity, "TOO_MANY_CLASSES", detail, "Group the labels, or name another target.", name)


def _check_classes(target: Target) -> Iterator[Finding]:
    if target.task == "regression":
        return
    counts = np.bincount(target.y.astype(np.int64), minlength=len(target.classes))
    rare = np.flatnonzero(counts < RARE_ROWS)
    if len(rare):
        named = ", ".join(f"{target.classes[code][:40]!r} ({counts[code]} rows)" for code in rare[:5])
        detail = f"Classes of fewer than {RARE_ROWS} rows: {named}{', …' if len(rare) > 5 else ''}."
        yield _finding("warning", "RARE_CLASSES", detail, "Add rows of these classes, or merge them with others.")
    elif counts.min() < 0.1 * counts.mean():
        code = int(counts.argmin())
        detail = f"Only {counts[code] / counts.sum():.1%} of the rows are {target.classes[code][:40]!r}."
        yield _finding("info", "IMBALANCED", detail, "Judge by auc, f1 or average_precision rather than accuracy.")


def _check_rows(frame: pd.DataFrame, target: Target) -> Iterator[Finding]:
    repeated = count_repeated_rows(frame)
    share = repeated / max(1, min(len(frame), 50_000))
    if share > 0.01:
        detail = f"{share:.0%} of the rows repeat an earlier row; a score may reward remembering them."
        fix = "Remove repeated rows, or name a group column that keeps them together."
        yield _finding("warning" if share > 0.1 else "info", "DUPLICATE_ROWS", detail, fix)
    y = target.y
    steps = np.diff(y[:: max(1, len(y) // SAMPLE_ROWS)])
    if len(steps) >= MIN_ROWS and ((steps >= 0).all() or (steps <= 0).all()):
        detail = "The file is sorted by the target."
        yield _finding("info", "SORTED_BY_TARGET", detail, "Nothing to do: rows are shuffled before they are split.")
    elif has_signal(np.arange(len(y), dtype=np.float64), y):
        detail = "The target changes along the file, as it does when rows are in order of time."
        fix = "If so, name the time column: then the score is measured on what comes later, not on shuffled rows."
        yield _finding("warning", "DRIFT_BY_ROW_ORDER", detail, fix)


def _check_columns(columns: Mapping[str, pd.Series], target: Target, types: Mapping[str, str]) -> Iterator[Finding]:
    usable = 0
    rows = np.flatnonzero(target.mask)
    picked = np.random.default_rng(0).permutation(len(rows))[:SAMPLE_ROWS]
    rows, y = rows[picked], target.y[picked]
    for position, (name, cells) in enumerate(columns.items()):
        about = facts(cells, name)
        type_ = types.get(name) or infer_type(about)
        usable += type_ not in ("constant", "id")
        if type_ == "constant":
            detail = "Empty in every row." if about.n_distinct == 0 else "The same value in every row."
            yield _finding("info", "CONSTANT_COLUMN", detail, "It is not used.", name)
            continue
        if about.n_missing == 0 and about.counts[0] > NEARLY * sum(about.counts):
            detail = f"It is {about.values[0][:40]!r} in nearly every row."
            yield _finding("info", "NEAR_CONSTANT", detail, "Keep it only if the few others matter.", name)
        if position >= MAX_LEAK_COLUMNS or type_ == "text":
            continue
        groups, order = groups_of(cells.iloc[rows], type_, about.number_style)
        leak = predicts_alone(groups, order, y, target.task)
        if leak and type_ == "id":
            detail = "An id, yet the target follows from it: the table was put together class by class."
            yield _finding(
                "warning", "ID_CARRIES_SIGNAL", detail, "Exclude it, unless new rows get such ids too.", name
            )
        elif leak:
            reason, detail = leak
            fix = "Exclude it if it is known only after the target is."
            yield _finding("warning", reason, detail, fix, name)
        elif type_ == "id":
            yield _finding("info", "ID_COLUMN", "One value a row: it only names the row.", "It is not used.", name)
    if not usable:
        detail = "No column but constants and ids is left to predict from."
        yield _finding("error", "NO_USABLE_COLUMN", detail, "Add columns that say something about the rows.")
