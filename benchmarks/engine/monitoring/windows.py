"""Windows drawn from the rows that a model has not seen: as they come, with planted drift, and shifted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from automl.monitoring.columns.column_cells import LABELS, kind_of, readers
from benchmarks.engine.monitoring.served_models import ServedModel, as_order, important_columns

WINDOW_ROWS = 500
MIN_WINDOW_ROWS = 200
"""As a monitor's `min_rows`; drift is planted in so many rows even where rows have to be drawn twice for it."""
SIDE_SHARE = 0.4
"""Share of the test rows in a one-sided window."""
N_SHIFTED = 8
PLANT_COLUMNS = 3
PLANT_DEVIATIONS = 0.5
PLANT_SHARE = 0.2


def undrifted(served: ServedModel, n_windows: int) -> Iterator[pd.DataFrame]:
    """Yield random windows, of at most half of what there is unless that is too little for a window."""
    rng = np.random.default_rng(served.split)
    n = len(served.test)
    size = min(WINDOW_ROWS, max(MIN_WINDOW_ROWS, n // 2), n)
    for _ in range(n_windows):
        yield served.test.iloc[rng.choice(n, size, replace=False)]


@dataclass(frozen=True)
class Planted:
    """Two windows in a row with the same planted drift."""

    column: str
    what: str
    windows: tuple[pd.DataFrame, pd.DataFrame]


def planted(served: ServedModel) -> Iterator[Planted]:
    """Yield drift in each of the three most important columns: half a deviation up or down, or a label's share."""
    rng = np.random.default_rng(served.split)
    features = {feature["name"]: feature for feature in served.model.features_}
    for column in important_columns(served)[:PLANT_COLUMNS]:
        kind = kind_of(features[column])
        if kind in LABELS:
            options = [("share of a label + 0.2", 0.0)]
        elif kind == "number":
            options = [("half a deviation up", PLANT_DEVIATIONS), ("half a deviation down", -PLANT_DEVIATIONS)]
        else:
            continue  # nothing of the kind is defined for text
        for what, by in options:
            pair = [_plant(served, column, by, rng) for _ in range(2)]
            if pair[0] is not None and pair[1] is not None:
                yield Planted(column, what, (pair[0], pair[1]))


def _plant(served: ServedModel, column: str, by: float, rng: np.random.Generator) -> pd.DataFrame | None:
    n = len(served.test)
    size = min(WINDOW_ROWS, max(MIN_WINDOW_ROWS, n // 2))
    rows = served.test.iloc[rng.choice(n, size, replace=size > n)].reset_index(drop=True)
    feature = next(each for each in served.model.features_ if each["name"] == column)
    [reader] = readers(served.reference.rows, [feature])
    before = reader.read(served.reference.rows[column], len(served.reference))
    if before.kind not in LABELS:
        now = reader.read(rows[column], len(rows)).values
        rows[column] = now + by * np.nanstd(before.values)
        return rows
    shares = np.bincount(before.codes[before.codes >= 0], minlength=len(before.labels)) / len(before)
    order = np.argsort(-shares, kind="stable")
    if len(order) < 2:
        return None
    # From the most frequent label to the next, as far as there are so many.
    cells = served.reference.rows[column]
    wanted = cells[before.codes == order[1]].iloc[0]
    now = reader.read(rows[column], len(rows))
    givers = rng.permutation(np.flatnonzero(now.codes == order[0]))[: round(PLANT_SHARE * len(rows))]
    if len(givers) < round(PLANT_SHARE * len(rows)):
        return None
    rows[column] = rows[column].astype(object)
    rows.iloc[givers, rows.columns.get_loc(column)] = wanted
    return rows


@dataclass(frozen=True)
class Shifted:
    """A window of rows from one side of a column."""

    column: str
    side: str
    rows: pd.DataFrame


def shifted(served: ServedModel) -> Iterator[Shifted]:
    """Yield eight windows of unseen rows: both sides along the most important columns, and along the answers.

    Rows that repeat a training row are left out: a model remembers them, which no estimate can know.
    """
    rng = np.random.default_rng(served.split)
    orders = [(column, as_order(served, column)) for column in important_columns(served)[: N_SHIFTED // 2]]
    raw = served.model.predict_raw(served.unseen)
    answers = raw if raw.ndim == 1 else raw[:, 1:] if raw.shape[1] == 2 else raw
    for place in range(N_SHIFTED // 2 - len(orders)):
        along = answers if answers.ndim == 1 else answers[:, place % answers.shape[1]]
        orders.append((f"answer {place}", along + rng.normal(size=len(along)) * along.std() * place))
    n = max(20, round(SIDE_SHARE * len(served.unseen)))
    for column, values in orders:
        known = np.flatnonzero(np.isfinite(values))
        # Ties by chance: many columns have few values.
        ranked = known[np.lexsort((rng.random(len(known)), values[known]))]
        yield Shifted(column, "low", served.unseen.iloc[ranked[:n]])
        yield Shifted(column, "high", served.unseen.iloc[ranked[-n:]])
