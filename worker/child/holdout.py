"""Hold rows out of a training, in the child, so that the model can be compared with the one that is served."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from automl import ColumnOptions
from automl.gate.draw_holdout import Roles, draw_holdout
from automl.gate.holdout import Holdout
from core.domain.records import Json


def hold_out(
    frame: pd.DataFrame, spec: Json, options: Mapping[str, ColumnOptions], log: Callable[[str], None]
) -> tuple[pd.DataFrame, Holdout | None]:
    """Return the rows to train on, and what was held out of them; None where the job says nothing of it.

    Args:
        frame: all rows.
        spec: of the job; its `holdout` is {salt, share, keys?, columns?}, as `automl.gate.holdout` has them.
        options: what the user insists on, by column.
        log: tells of it.
    """
    wanted = spec.get("holdout")
    if wanted is None:
        return frame, None
    roles = Roles(
        spec["target"],
        spec.get("group_column"),
        spec.get("time_column"),
        wanted.get("keys") or (),
        spec.get("exclude_columns") or (),
    )
    columns = wanted.get("columns") or ()
    holdout = draw_holdout(frame, roles, wanted["salt"], wanted["share"], columns=columns, options=options)
    held = holdout.find(frame, options)
    if held is None:
        log(holdout.why)
        return frame, holdout
    log(f"{holdout.rows:,} of {holdout.total:,} rows are held out, to compare the model with the champion on them.")
    return frame.iloc[(~held).nonzero()[0]], holdout
