"""Checks: what is wrong with a table and its target, before any time is spent on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.errors import DataError
from automl.preprocessing.columns.column_options import merge_column_options
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.columns.column_types import are_codes, infer_type, is_id_name, names_groups, names_rows
from automl.preprocessing.columns.reading_findings import reading_findings
from automl.preprocessing.columns.table_stats import compute_table_stats
from automl.preprocessing.columns.unread_cells import find_unread, read_values
from automl.preprocessing.preprocessor import columns_by_name
from automl.preprocessing.target.encode import Target, encode_target
from automl.preprocessing.target.notes import target_notes
from automl.preprocessing.target.task import infer_task
from automl.profiling.leakage import FORMULA_ROWS, MAX_FORMULA_COLUMNS, Leakage, detect_formula, detect_leakage
from automl.profiling.panel import PanelCheck
from automl.profiling.profile import DUPLICATES_ROWS, hash_rows
from automl.profiling.row_order import RowOrder
from automl.profiling.single_feature import discretize
from automl.wording import plural
from vocabulary import METRICS_BY_TASK

Finding = dict[str, Any]

MIN_ROWS = 10
FEW_ROWS = 100
MAX_CLASSES = 1_000
HIGH_CLASSES = 50
RARE_ROWS = 8
SAMPLE_ROWS = 10_000
NEAR_PERFECT = 0.995
MAX_LEAK_COLUMNS = 2_000


def check_target(
    frame: pd.DataFrame,
    target: str,
    types: Mapping[str, str] | None = None,
    stats: Mapping[str, ColumnStats] | None = None,
) -> dict[str, Any]:
    """Check a table and its target before a fit.

    Severity `error` means that no useful model can come of it, `warning` that the result may mislead, `info`
    what may be worth knowing.

    Args:
        frame: the table.
        target: name of the column to be predicted.
        types: types the user insists on, by column.
        stats: of its columns, with all the options the user insists on, where they are known.

    Returns:
        JSON values `{task, metric, why, findings: [{severity, reason, detail, fix, column?}]}`, gravest first; of up to
        50 classes also `classes: [{label, rows}]`, and of two `{positive_class, positive_class_rule}`.

    Raises:
        DataError: TARGET_NOT_FOUND.
    """
    columns = {name: cells for name, cells in columns_by_name(frame).items() if isinstance(cells, pd.Series)}
    if target not in columns:
        raise DataError(
            "TARGET_NOT_FOUND", f"The dataset has no column {target!r}.", "Check the spelling.", column=target
        )
    goal = columns.pop(target)
    known = stats or compute_table_stats(frame, merge_column_options(types, None))
    about = known[target]
    task, why = infer_task(goal, about)
    found: dict[str, Any] = {"task": task, "metric": METRICS_BY_TASK[task][0], "why": why}
    findings: list[Finding] = []
    try:
        encoded = encode_target(goal, task, about=about)
    except DataError as problem:
        if about.n_distinct > 1:
            findings += _check_amount(about.n_present, about.n_distinct, task, target)
        if all(finding["severity"] != "error" for finding in findings):
            findings.append(_finding("error", problem.reason, problem.detail, problem.hint, target))
    else:
        found |= _classes(encoded)
        findings += [_finding(*note, target) for note in target_notes(encoded)]
        findings += _check_amount(len(encoded.y), len(encoded.classes), task, target)
    if all(finding["severity"] != "error" for finding in findings):
        findings += _check_classes(encoded)
        findings += _check_repeats(columns, goal)
        findings += _check_columns(columns, encoded, known)
        if encoded.task == "regression":
            findings += _check_reading(goal, about, "number")
    rank = {"error": 0, "warning": 1, "info": 2}
    findings.sort(key=lambda finding: rank[finding["severity"]])
    return {**found, "findings": findings}


def _classes(target: Target) -> dict[str, Any]:
    """Return the labels of a target with the rows of each, and which of two is the positive one."""
    if target.task == "regression" or len(target.classes) > HIGH_CLASSES:
        return {}
    counts = target.class_counts.tolist()
    found: dict[str, Any] = {
        "classes": [{"label": label, "rows": rows} for label, rows in zip(target.classes, counts, strict=True)]
    }
    if target.task == "binary":
        found |= {"positive_class": target.positive_class, "positive_class_rule": target.positive_rule}
    return found


def _finding(severity: str, reason: str, detail: str, fix: str, column: str | None = None) -> Finding:
    found: Finding = {"severity": severity, "reason": reason, "detail": detail, "fix": fix}
    if column is not None:
        found["column"] = column
    return found


def _check_amount(n_rows: int, n_labels: int, task: str, name: str) -> Iterator[Finding]:
    """Check whether the target has enough rows with a value, and not too many labels."""
    if not n_rows:
        return
    if n_rows < FEW_ROWS:
        severity = "error" if n_rows < MIN_ROWS else "warning"
        detail = f"Only {plural(n_rows, 'row')} with a target; scores from so few are unreliable."
        yield _finding(severity, "TOO_FEW_ROWS", detail, f"Add rows: at least {FEW_ROWS}, better 1,000.", name)
    useless = n_labels > min(MAX_CLASSES, n_rows // 2)
    if task == "multiclass" and (useless or n_labels > HIGH_CLASSES):
        severity = "error" if useless else "warning"
        detail = f"The target has {n_labels:,} different labels in {plural(n_rows, 'row')}."
        yield _finding(severity, "TOO_MANY_CLASSES", detail, "Group the labels, or choose another target.", name)


def _check_classes(target: Target) -> Iterator[Finding]:
    if target.task == "regression":
        return
    counts = target.class_counts
    rare = np.flatnonzero(counts < RARE_ROWS)
    if len(rare):
        named = ", ".join(f"{target.classes[code][:40]!r} ({plural(int(counts[code]), 'row')})" for code in rare[:5])
        detail = f"Classes with fewer than {RARE_ROWS} rows: {named}{', …' if len(rare) > 5 else ''}."
        yield _finding("warning", "RARE_CLASSES", detail, "Add rows of these classes, or merge them with others.")
    elif counts.min() < 0.1 * counts.mean():
        code = int(counts.argmin())
        detail = f"Only {counts[code] / counts.sum():.1%} of the rows are {target.classes[code][:40]!r}."
        yield _finding(
            "info", "IMBALANCED", detail, "Use the metric auc, f1 or average_precision rather than accuracy."
        )


def _check_repeats(columns: Mapping[str, pd.Series], goal: pd.Series) -> Iterator[Finding]:
    """Find rows that come twice, and rows that differ in nothing but the target."""
    if not columns or len(goal) < 2:
        return
    rows = hash_rows([cells.iloc[:DUPLICATES_ROWS] for cells in columns.values()])
    whole = rows * np.uint64(1_000_003) + hash_rows([goal.iloc[:DUPLICATES_ROWS]])
    n_whole = len(np.unique(whole))
    share = 1 - n_whole / len(rows)
    if share > 0.01:
        detail = f"{share:.0%} of the rows repeat an earlier row; scores may reward memorizing them."
        fix = "Training keeps copies of a row in the same fold; remove them if they are a mistake."
        yield _finding("warning" if share > 0.1 else "info", "DUPLICATE_ROWS", detail, fix)
    share = (n_whole - len(np.unique(rows))) / len(rows)
    if share > 0.01 and len(columns) > 1:
        detail = f"{share:.0%} of the rows equal another row in all but the target: no model can distinguish them."
        yield _finding("info", "CONFLICTING_ROWS", detail, "Add columns that distinguish them.")


def _check_columns(
    columns: Mapping[str, pd.Series], target: Target, known: Mapping[str, ColumnStats]
) -> Iterator[Finding]:
    usable = 0
    rows = np.flatnonzero(target.mask)
    picked = np.random.default_rng(0).permutation(len(rows))[:SAMPLE_ROWS]
    rows, y = rows[picked], target.y[picked]
    order, panel = RowOrder(rows), PanelCheck()
    numbers: dict[str, npt.NDArray[np.float64]] = {}
    leaking = False
    for position, (name, cells) in enumerate(columns.items()):
        about = known[name]
        type_ = about.options.type or infer_type(about)
        usable += type_ not in ("constant", "id")
        if type_ == "constant":
            detail = "Empty in every row." if about.n_distinct == 0 else "The same value in every row."
            yield _finding("info", "CONSTANT_COLUMN", detail, "It is not used.", name)
            continue
        if about.n_missing == 0 and about.value_counts[0] > NEAR_PERFECT * sum(about.value_counts):
            detail = f"It is {about.values[0][:40]!r} in nearly every row."
            yield _finding("info", "NEAR_CONSTANT", detail, "Keep it only if the few other values matter.", name)
        yield from _check_reading(cells, about, type_)
        panel.observe(cells, about, type_)
        if position >= MAX_LEAK_COLUMNS:
            continue
        sample = cells.iloc[rows]
        if type_ not in ("text", "id"):
            groups, values = discretize(sample, type_, about)
            order.observe(name, type_, groups, values)
            if type_ == "number" and values is not None and len(numbers) < MAX_FORMULA_COLUMNS:
                numbers[name] = values[:FORMULA_ROWS]
        leak = detect_leakage(sample, about, type_, y, target.task)
        leaking = leaking or leak is not None
        yield from _of_column(about, type_, leak)
    formula = None if leaking else detect_formula(numbers, y[:FORMULA_ROWS], target.task)
    if formula:
        yield _finding("warning", *formula, "Exclude them if their values are known only after the target.")
    for noticed in filter(None, [panel.finding(), *order.findings(target.y)]):
        yield _finding(*noticed)
    if not usable:
        detail = "No column is left to train on: all others are constants or IDs."
        yield _finding("error", "NO_USABLE_COLUMN", detail, "Add columns that describe the rows.")


def _check_reading(cells: pd.Series, about: ColumnStats, type_: str) -> Iterator[Finding]:
    """Tell how the cells were read where that is doubtful, and which were not."""
    values = read_values(cells, about, type_)
    for found in reading_findings(about, type_, None if values is None else find_unread(cells, values)):
        yield _finding(found.severity, found.reason, found.detail, found.fix, about.name)


def _of_column(about: ColumnStats, type_: str, leak: Leakage | None) -> Iterator[Finding]:
    """Check whether a column may be an id, leak the target, or group rows that belong together."""
    name = about.name
    if leak and type_ == "id" and names_rows(name):
        detail = "An ID or row number that predicts the target: the rows seem to be ordered by it. It is not used."
        yield _finding(
            "warning", "ROW_NUMBER", detail, "If new rows get such numbers too, set its type to number.", name
        )
    elif leak and type_ == "id":
        detail = "An ID that predicts the target: the rows seem to be ordered by class."
        yield _finding("warning", "ID_CARRIES_SIGNAL", detail, "Exclude it, unless new rows get such IDs too.", name)
    elif leak and leak[0] == "LEAKAGE" and type_ == "category" and names_groups(about):
        detail = f"Its {about.n_distinct:,} values repeat, each with the same target."
        fix = "If rows with the same value describe the same thing, set it as the group column; else exclude it."
        yield _finding("warning", "GROUP_SUSPECTED", detail, fix, name)
    elif leak:
        yield _finding("warning", *leak, "Exclude it if its value is known only after the target.", name)
    elif type_ == "id":
        yield _finding("info", "ID_COLUMN", "Unique in every row (an ID).", "It is not used.", name)
    elif is_id_name(name) and names_groups(about) and are_codes(about):
        detail = f"Looks like an ID; its {about.n_distinct:,} values repeat."
        fix = "If rows with the same value belong together, set it as the group column to score on unseen values."
        yield _finding("info", "GROUP_SUSPECTED", detail, fix, name)
