"""Challenger against champion on rows that neither has been fitted on: is it better beyond chance?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from automl.errors import DataError
from automl.evaluation.to_json import to_json
from automl.gate.decision import GateSettings, decide
from automl.gate.holdout import Holdout, Mask
from automl.gate.new_rows import NewRows, find_new_rows
from automl.gate.segments import compare_segments
from automl.metrics import METRICS
from automl.model_evaluation.comparison.candidates import Candidate
from automl.model_evaluation.comparison.comparison import describe, measure
from automl.model_evaluation.labelled_rows import MIN_ROWS
from automl.preprocessing.columns.column_options import ColumnOptions
from automl.reference.row_digests import RowDigests
from automl.wording import plural


@dataclass(frozen=True)
class Contender:
    """A model at the gate, and what was held out of its training; None for nothing."""

    model: Candidate
    holdout: Holdout | None = None

    def digests(self) -> RowDigests | None:
        """Return those of its training rows, None where there are none."""
        return self.model.load_digests() if self.model.load_digests else None


@dataclass(frozen=True)
class FreshRows:
    """Rows of a table that neither model has been fitted on.

    Attributes:
        rows: bool (n,).
        champion, challenger: what each has not been fitted on.
        seen_by_champion: of the rows that are new to the challenger, those that are not to the champion.
    """

    rows: Mask
    champion: NewRows
    challenger: NewRows

    @property
    def seen_by_champion(self) -> int:
        return int((self.challenger.rows & ~self.champion.rows).sum())


def challenge(
    champion: Contender,
    challenger: Contender,
    frame: pd.DataFrame,
    settings: GateSettings,
    *,
    options: Mapping[str, ColumnOptions] | None = None,
    seed: int = 0,
    deadline: float | None = None,
) -> dict[str, Any]:
    """Compare a challenger with the champion.

    Args:
        champion: what is served.
        challenger: what may take its place.
        frame: the table that the challenger was trained on, but for the rows that were held out; or a table for tests.
        settings: when the challenger passes, and whether the table is one for tests.
        options: what the user insists on, by column of the table.
        seed: of the resamples.
        deadline: `time.monotonic()`; after it fewer resamples are drawn.

    Returns:
        What `compare` returns, the champion first, and `gate`: what `decide` says.

    Raises:
        DataError: TOO_FEW_UNSEEN_ROWS, and what `compare` raises.
        SpecError: as `compare` and `compare_segments` do.
    """
    fresh = find_fresh_rows(champion, challenger, frame, is_test=settings.is_test, options=options)
    if (n := int(fresh.rows.sum())) < MIN_ROWS:
        raise _too_few(n, len(frame), fresh)
    places = np.flatnonzero(fresh.rows)
    part = frame.iloc[places]
    own = None if settings.is_test else challenger.holdout
    clusters = None if own is None else own.clusters(part, options)
    measured = measure(
        [champion.model, challenger.model],
        part,
        metric=_metric(settings, champion, challenger),
        clusters=clusters,
        options=options,
        seed=seed,
        deadline=deadline,
    )
    together = None if clusters is None else clusters[measured.rows.positions]
    segments = compare_segments(measured, settings.must_not_worsen, settings.confidence, together, seed)
    gate = decide(measured, settings, segments)
    about = {
        "table_rows": len(frame),
        "which": "a table for tests" if settings.is_test else "rows held out of the training",
        "held_out_by": None if own is None else own.by,
        "known_by": {"champion": fresh.champion.basis, "challenger": fresh.challenger.basis},
        "seen_by_champion": fresh.seen_by_champion,
    }
    gate = {**gate, **about, "why": " ".join([gate["why"], *_notes(fresh)])}
    found = describe(measured)
    title = {"better": "The challenger is better", "too_few_rows": "Too few rows to tell"}.get(gate["outcome"])
    tone = "good" if gate["outcome"] == "better" else "fair"
    sentences = [gate["why"], *found["verdict"]["sentences"]]
    verdict = {"tone": tone, "title": title or "The champion stays", "sentences": sentences}
    return dict(to_json({**found, "verdict": verdict, "gate": gate}))


def find_fresh_rows(
    champion: Contender,
    challenger: Contender,
    frame: pd.DataFrame,
    *,
    is_test: bool = False,
    options: Mapping[str, ColumnOptions] | None = None,
) -> FreshRows:
    """Return which rows of a table neither model has been fitted on; `challenge` says what the arguments are."""
    own = None if is_test else challenger.holdout
    together = own.clusters(frame, options) if own is not None and own.by in ("groups", "copies") else None
    new = find_new_rows(frame, own, challenger.digests(), together=together, options=options)
    digests = champion.digests()
    theirs = champion.holdout if _is_same_rule(champion.holdout, own) else None
    known = find_new_rows(frame, theirs, digests, together=together, options=options)
    if new.basis == "unknown":
        # Rows that the challenger may have been fitted on would show what it remembers: none of them counts.
        new = replace(new, rows=np.zeros(len(frame), dtype=bool))
    return FreshRows(new.rows & known.rows, known, new)


def _is_same_rule(a: Holdout | None, b: Holdout | None) -> bool:
    """Return whether two trainings held out the same kind of rows: those that both held out are new to both."""
    return a is not None and b is not None and (a.salt, a.by, set(a.columns)) == (b.salt, b.by, set(b.columns))


def _metric(settings: GateSettings, champion: Contender, challenger: Contender) -> str:
    """Return the metric: the one that is set, else that of the challenger."""
    if settings.metric != "auto":
        return settings.metric
    named = (str(each.model.summary.get("metric") or "") for each in (challenger, champion))
    return next((name for name in named if name in METRICS), "auto")


def _too_few(n: int, total: int, fresh: FreshRows) -> DataError:
    detail = f"Only {plural(n, 'row')} of {total:,} are known to be new to both models"
    if fresh.seen_by_champion:
        detail += f"; the champion was trained on {plural(fresh.seen_by_champion, 'row')} that were held out"
    return DataError(
        "TOO_FEW_UNSEEN_ROWS", f"{detail}. At least {MIN_ROWS} are needed.",
        "Wait for new rows, hold out more of them, or name a table for tests.",
    )  # fmt: skip


def _notes(fresh: FreshRows) -> list[str]:
    """Return what is to be minded of the rows."""
    notes = []
    if fresh.champion.basis == "unknown":
        notes.append(
            "It is not known which rows the champion was trained on: if these are among them, it looks better than "
            "it is."
        )
    if fresh.seen_by_champion:
        notes.append(f"{plural(fresh.seen_by_champion, 'row')} that the champion was trained on are left out.")
    return notes
