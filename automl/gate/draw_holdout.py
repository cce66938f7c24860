"""Which rows of a table a training is to hold out: by its roles, by what its columns say, so many and no more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from automl.fit.repeats import are_copies, chance_of_equals
from automl.gate.holdout import Holdout, Mask, columns_of, label_codes, times_of
from automl.preprocessing.columns.column_options import ColumnOptions
from automl.preprocessing.columns.column_stats import compute_column_stats
from automl.preprocessing.columns.column_types import infer_type
from automl.reference.row_digests import digest_rows, hash_cells

MAX_ROWS = 20_000
"""Rows that are held out at most: more hardly make a comparison surer, and models would rather learn from them."""
MIN_ROWS = 10
MAX_SHARE = 0.5
"""Share of the rows beyond which none are held out, as a few groups have nearly all rows."""
MAX_LABELS = 200
"""Distinct targets up to which none is held out altogether: a model would not know it."""
LOOKED_AT = 20_000
"""Rows by which columns are told that name a row and say nothing about it."""


@dataclass(frozen=True)
class Roles:
    """Columns of a table that are more than features: its target, what validation goes by, those not to be used.

    `keys` name what a row is about: rows of one are never on both sides.
    """

    target: str
    group_column: str | None = None
    time_column: str | None = None
    keys: Sequence[str] = ()
    excluded: Collection[str] = ()


def draw_holdout(
    frame: pd.DataFrame,
    roles: Roles,
    salt: str,
    share: float,
    *,
    columns: Sequence[str] = (),
    options: Mapping[str, ColumnOptions] | None = None,
) -> Holdout:
    """Decide which rows are held out of a training on this table.

    Args:
        frame: n raw rows.
        roles: of its columns.
        salt: of a pipeline: other ones hold out other rows.
        share: of the rows, below 1.
        columns: what decided in the training before; () for those that say something of a row.
        options: what the user insists on, by column.
    """
    share = min(share, MAX_ROWS / max(len(frame), 1))
    found = _rule(frame, roles, salt, share, columns, options)
    held = found.find_planned(frame, options)
    if held is not None and found.by in ("rows", "copies"):
        found = replace(found, kept=_labels_held(frame, roles.target, held))
        held = found.find_planned(frame, options)
    n = 0 if held is None else int(held.sum())
    if n > max(share, MAX_SHARE) * len(frame):
        return replace(found, total=len(frame), why="A few groups have nearly all rows, so that none were held out.")
    if n < MIN_ROWS:
        return replace(found, total=len(frame), why="There are too few rows for some to be held out.")
    return replace(found, rows=n, total=len(frame))


def _rule(
    frame: pd.DataFrame,
    roles: Roles,
    salt: str,
    share: float,
    columns: Sequence[str],
    options: Mapping[str, ColumnOptions] | None,
) -> Holdout:
    present = columns_of(frame)
    if roles.time_column in present:
        return _by_time(frame, roles, salt, share, options)
    groups = [roles.group_column] if roles.group_column else list(roles.keys)
    if groups and all(name in present for name in groups):
        return Holdout(salt, share, "groups", tuple(groups), roles.target)
    chosen = tuple(columns) if columns and all(name in present for name in columns) else _telling(frame, roles)
    repeat = _repeat_as_copies(frame, chosen, roles.target)
    return Holdout(salt, share, "copies" if repeat else "rows", chosen, roles.target)


def _by_time(
    frame: pd.DataFrame, roles: Roles, salt: str, share: float, options: Mapping[str, ColumnOptions] | None
) -> Holdout:
    name = str(roles.time_column)
    times = np.sort(times_of(frame, name, options), kind="stable")
    first = times[min(len(times) - 1, round(len(times) * (1 - share)))] if len(times) else 0.0
    # Rows of one time stay on one side. Where that is the time of the oldest, or of none, nothing would be left.
    later = times[times > first]
    if len(times) and first == times[0] and len(later):
        first = later[0]
    since = first if isinstance(first, str) else float(first)
    return Holdout(salt, share, "time", (name,), roles.target, since)


def _telling(frame: pd.DataFrame, roles: Roles) -> tuple[str, ...]:
    """Return the names of columns that say something of a row; all but the target where none does."""
    cells = columns_of(frame.iloc[:LOOKED_AT])
    others = [name for name in cells if name != roles.target]
    used = [name for name in others if name not in set(roles.excluded)]
    telling = [name for name in used if infer_type(compute_column_stats(cells[name], name)) != "id"]
    return tuple(telling or used or others)


def _repeat_as_copies(frame: pd.DataFrame, columns: Sequence[str], target: str) -> bool:
    """Return whether rows are alike more often than by chance."""
    digests = digest_rows(frame, columns)
    codes = pd.factorize(digests)[0].astype(np.int64)
    with_target = pd.factorize(digest_rows(frame, [*columns, target]))[0]
    if not len(codes) or with_target.max() == len(codes) - 1:
        return False
    cells = columns_of(frame)
    found = (chance_of_equals(hash_cells(cells[name])) for name in columns)
    return are_copies(codes, with_target, [chance for chance in found if chance is not None])


def _labels_held(frame: pd.DataFrame, target: str, held: Mask) -> tuple[str, ...]:
    """Return the labels that a model would not get to know, as all of their rows are held out."""
    codes, names = label_codes(frame, target)
    if len(names) > MAX_LABELS:
        return ()
    counts = (np.bincount(part, minlength=len(names)) for part in (codes, codes[held]))
    of_all, of_held = counts
    return tuple(name for i, name in enumerate(names) if name and of_all[i] and of_all[i] == of_held[i])
