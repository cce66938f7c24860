"""What one row costs is what the model takes, however the machine stutters meanwhile."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl._typing import Array
from automl.models.base import FittedModel
from automl.preprocessing.text_encoder import EncodedFeatures
from automl.search.model_library import LibraryEntry
from automl.search.row_cost import RUNS, confirm_row_ms, measure_row_ms
from automl.search.trial import Trial

TABLE = EncodedFeatures(np.zeros((5, 1), np.float32), np.zeros((5, 0), np.int32))
COST_S = 0.002


class Costly(FittedModel):
    """Takes 2 ms of a virtual clock, and what the machine's other work adds."""

    def __init__(self, added_s: list[float]) -> None:
        self.now_s = 0.0
        self.added_s = added_s

    def predict(self, table: EncodedFeatures) -> Array:
        self.now_s += COST_S + (self.added_s.pop(0) if self.added_s else 0.0)
        return np.zeros(len(table))

    def save(self, folder: Path) -> None: ...


@given(st.lists(st.floats(0, 5), max_size=RUNS + 1).map(lambda added: [*added[:2], *added[2:4]]))
def test_the_least_of_several_warm_runs_counts(added_s: list[float]) -> None:
    model = Costly([*added_s[:2]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "perf_counter", lambda: model.now_s)
        # Up to two stutters, the warming run among them, leave some of at least three runs as they are.
        assert measure_row_ms("linear", [model] * 4, TABLE) == pytest.approx(4 * COST_S * 1e3)


def test_a_cost_that_would_keep_a_model_out_is_measured_again() -> None:
    model = Costly([])
    slow, quick = Trial(0, "linear", {}, row_ms=50.0), Trial(1, "linear", {}, row_ms=1.0)
    entries = [LibraryEntry(trial, np.zeros(5, np.float32), [model]) for trial in (slow, quick)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "perf_counter", lambda: model.now_s)
        confirm_row_ms(entries, TABLE, 10.0)
    assert slow.row_ms == pytest.approx(COST_S * 1e3)
    assert quick.row_ms == 1.0
