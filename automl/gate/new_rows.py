"""Which rows of a table a model has not been fitted on: by what was held out of its training, and by its digests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from automl._typing import Array
from automl.gate.holdout import Holdout, Mask
from automl.preprocessing.columns.column_options import ColumnOptions
from automl.reference.row_digests import RowDigests

TOLERATED = 0.01
"""Share of rows like those of the training, beyond those that are so by chance, that is taken for chance as well."""
SIGMAS = 3.0

Basis = Literal["held out", "digests", "unknown"]
"""How it is known: the rows were held out of its training; its digests say so; it is not known."""


@dataclass(frozen=True)
class NewRows:
    """Rows (n,) that a model has not been fitted on, as far as that is known, and how it is known."""

    rows: Mask
    basis: Basis


def find_new_rows(
    frame: pd.DataFrame,
    holdout: Holdout | None,
    digests: RowDigests | None,
    *,
    together: Array | None = None,
    options: Mapping[str, ColumnOptions] | None = None,
) -> NewRows:
    """Return which rows of a table a model has not been fitted on.

    What was held out of its training is new to it, unless a row has been changed since in a column that the model does
    not read: so its digests are asked as well. Rows that are like those of its training by chance are as good as new:
    any new row would be as likely to be so.

    Args:
        frame: n raw rows.
        holdout: what was held out of its training; None for nothing, or where that is of another kind of table.
        digests: of its training rows; None where there are none.
        together: (n,) codes of rows of a group, or of copies: who has seen one of them has seen all.
        options: what the user insists on, by column.
    """
    held = None if holdout is None else holdout.find(frame, options)
    tell = digests if digests is not None and _can_tell(digests, frame) else None
    if held is None and tell is None:
        return NewRows(np.ones(len(frame), dtype=bool), "unknown")
    among = np.ones(len(frame), dtype=bool) if held is None else held
    if tell is None or not among.any():
        return NewRows(among, "unknown" if held is None else "held out")
    part = frame.iloc[np.flatnonzero(among)]
    seen = np.zeros(len(frame), dtype=bool)
    seen[among] = tell.find_seen(part)
    by_chance = 0.0 if holdout is not None and holdout.by == "copies" else tell.alike_share
    if not _is_memory(seen[among], by_chance):
        seen[:] = False
    if held is not None:
        return NewRows(among & ~seen, "held out")
    if together is not None:
        seen = np.isin(together, np.unique(together[seen]))
    return NewRows(~seen & ~tell.find_untold(frame) if tell.sampled else ~seen, "digests")


def _can_tell(digests: RowDigests, frame: pd.DataFrame) -> bool:
    """Return whether all columns are there that digests were made of: without them no row is like another."""
    return set(digests.columns) <= {str(name) for name in frame.columns}


def _is_memory(seen: Mask, by_chance: float) -> bool:
    """Return whether more rows were seen than are alike by chance."""
    error = float(np.sqrt(by_chance * (1 - by_chance) / len(seen)))
    return bool(seen.mean() > by_chance + max(TOLERATED, SIGMAS * error))
